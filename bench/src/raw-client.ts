// A client that does almost nothing: ready-made OP_MSG messages over a socket. It shows what a server can do where the official
// driver in one process is what ends first. Source: the specification "OP_MSG".
import { connect, type Socket } from 'node:net';
import { BSON } from 'mongodb';

const headBytes = 16;
const opMsg = 2013;
const flagsBytes = 4;

/** A command as bytes, ready to be sent any number of times. */
export function message(command: BSON.Document): Buffer {
  const body = BSON.serialize(command);
  const bytes = Buffer.alloc(headBytes + flagsBytes + 1 + body.length);
  bytes.writeInt32LE(bytes.length, 0);
  bytes.writeInt32LE(1, 4);
  bytes.writeInt32LE(opMsg, 12);
  bytes.set(body, headBytes + flagsBytes + 1);
  return bytes;
}

export class RawClient {
  private received: Buffer[] = [];
  private receivedBytes = 0;
  private expectedBytes = 0;
  private answer: ((reply: Buffer) => void) | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket);
  }

  /** One at a time. Throws where the reply says that the command failed. */
  async run(bytes: Buffer): Promise<void> {
    const reply = await new Promise<Buffer>((resolve) => {
      this.answer = resolve;
      this.socket.write(bytes);
    });
    // Looking for the field is enough: reading whole replies is what this client is there to avoid.
    if (reply.includes('errmsg') || reply.includes('writeErrors')) throw new Error(JSON.stringify(BSON.deserialize(reply.subarray(headBytes + flagsBytes + 1))));
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    if (this.receivedBytes === 0) this.expectedBytes = chunk.readInt32LE(0);
    this.received.push(chunk);
    this.receivedBytes += chunk.length;
    if (this.receivedBytes < this.expectedBytes) return;
    const reply = this.received.length === 1 ? chunk : Buffer.concat(this.received);
    this.received = [];
    this.receivedBytes = 0;
    this.answer?.(reply);
  }
}
