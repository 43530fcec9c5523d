// Sends damaged frames to an engine, over many connections at a time, and looks that it stands: each connection is answered
// or closed, a client that behaves is served throughout, and memory does not grow from one checkpoint to the next.
import { connect, type Socket } from 'node:net';
import { MongoClient } from 'mongodb';
import { capturedFrames } from './captured-frames.js';
import { startEngineProcess, type EngineProcess } from './engine-process.js';
import { mutate, type Mutated } from './mutations.js';
import { Random } from './random.js';

export interface FuzzReport {
  readonly frames: number;
  readonly answered: number;
  readonly closed: number;
  readonly memoryMb: readonly number[];
  /** What went wrong; empty if nothing did. */
  readonly failures: readonly string[];
}

export interface FuzzOptions {
  readonly folder: string;
  readonly frames: number;
  readonly seed: number;
  readonly onCheckpoint?: (report: FuzzReport) => void;
}

const connections = 16;
const checkpoints = 10;
/** Longer than an open transaction, for which others may wait, and than any answer takes on a busy machine. */
const hang_ms = 180_000;
/** Between the checkpoint after the first tenth, by when everything has been used, and the last one. */
const growthMbMax = 150;
const sentinelId = 0x5e471e1;

/** `{ping: 1, $db: 'a'}` under an id by which its answer is known. */
const sentinel = ((): Buffer => {
  const body = Buffer.from('\x10ping\0\x01\0\0\0\x02$db\0\x02\0\0\0a\0\0', 'latin1');
  const frame = Buffer.alloc(25 + body.length);
  frame.writeInt32LE(frame.length, 0);
  frame.writeInt32LE(sentinelId, 4);
  frame.writeInt32LE(2013, 12);
  frame.writeInt32LE(4 + body.length, 21);
  body.copy(frame, 25);
  return frame;
})();

type Outcome = 'answered' | 'closed' | 'silent';

/** One connection after the other, as each is closed for what it says. */
class Attacker {
  private socket: Socket | undefined;

  constructor(private readonly port: number) {}

  /** What becomes of a frame: the ping behind it is answered, or the connection ends. */
  async send({ bytes, isFramed }: Mutated): Promise<Outcome> {
    const socket = (this.socket ??= connect({ port: this.port, host: '127.0.0.1' }).on('error', () => undefined));
    const outcome = this.outcome(socket);
    socket.write(bytes);
    if (isFramed) socket.write(sentinel);
    else socket.end();
    const result = await outcome;
    if (result !== 'answered') this.close();
    return result;
  }

  close(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  private outcome(socket: Socket): Promise<Outcome> {
    return new Promise((resolve) => {
      let received: Buffer = Buffer.alloc(0);
      const finish = (outcome: Outcome): void => {
        clearTimeout(timer);
        socket.off('data', read);
        socket.off('close', closed);
        resolve(outcome);
      };
      const closed = (): void => finish('closed');
      const read = (chunk: Buffer): void => {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
        while (received.length >= 16 && received.length >= received.readInt32LE(0)) {
          if (received.readInt32LE(8) === sentinelId) {
            finish('answered');
            return;
          }
          received = received.subarray(received.readInt32LE(0));
        }
      };
      const timer = setTimeout(() => finish('silent'), hang_ms);
      socket.on('data', read);
      socket.on('close', closed);
    });
  }
}

class Fuzzing {
  private readonly counts = { frames: 0, answered: 0, closed: 0 };
  private readonly memoryMb: number[] = [];
  private readonly failures: string[] = [];
  private readonly random: Random;

  constructor(
    private readonly options: FuzzOptions,
    private readonly engine: EngineProcess,
    private readonly client: MongoClient,
    private readonly frames: readonly Buffer[],
  ) {
    this.random = new Random(options.seed);
  }

  async run(): Promise<void> {
    const perRound = Math.ceil(this.options.frames / checkpoints);
    for (let round = 0; round < checkpoints && this.failures.length === 0; round += 1) {
      let left = perRound;
      // Each attacker sends its next frame when the last one is dealt with; the rounds follow one another to look between them.
      await Promise.all(Array.from({ length: connections }, async () => {
        const attacker = new Attacker(this.engine.port);
        while (left > 0 && this.failures.length === 0) {
          left -= 1;
          await this.sendOne(attacker);
        }
        attacker.close();
      }));
      await this.checkpoint();
    }
    this.checkGrowth();
  }

  report(): FuzzReport {
    const internal = this.engine.internalErrors().map((line) => `the engine logged an error of its own: ${line}`);
    return { ...this.counts, memoryMb: this.memoryMb, failures: [...this.failures, ...internal] };
  }

  private async sendOne(attacker: Attacker): Promise<void> {
    const mutated = mutate(this.frames, this.random);
    const outcome = await attacker.send(mutated);
    this.counts.frames += 1;
    if (outcome === 'silent') this.failures.push(`neither answered nor closed: ${mutated.bytes.subarray(0, 2000).toString('hex')}`);
    else this.counts[outcome] += 1;
    const ended = this.engine.ended();
    if (ended !== undefined && this.failures.length === 0) this.failures.push(`${ended}\nafter ${mutated.bytes.subarray(0, 2000).toString('hex')}`);
  }

  /** A client that behaves writes and reads back; what frames have made is removed, so that only leaks are left to grow. */
  private async checkpoint(): Promise<void> {
    const ended = this.engine.ended();
    if (ended !== undefined) return;
    try {
      const kept = this.client.db('kept').collection<{ _id: number; frames: number }>('rounds');
      const _id = this.counts.frames;
      await kept.insertOne({ _id, frames: _id });
      if ((await kept.findOne({ _id }))?.frames !== _id) this.failures.push('a client that behaves did not read what it had written');
      const { databases } = await this.client.db('admin').admin().listDatabases({ nameOnly: true });
      const strangers = databases.filter(({ name }) => !['admin', 'local', 'config', 'kept', 'fuzz'].includes(name));
      for (const { name } of strangers) await this.client.db(name).dropDatabase();
      await this.client.db('fuzz').collection('documents').deleteMany({});
    } catch (error) {
      this.failures.push(`a client that behaves got ${String(error)}`);
    }
    this.memoryMb.push(this.engine.memoryMb());
    this.options.onCheckpoint?.(this.report());
  }

  private checkGrowth(): void {
    const [first, last] = [this.memoryMb[1], this.memoryMb.at(-1)];
    if (first !== undefined && last !== undefined && last - first > growthMbMax) this.failures.push(`memory grew from ${first} to ${last} MiB`);
  }
}

/** Sends so many damaged frames to an engine of its own on this folder. The same seed sends the same frames. */
export async function fuzzEngine(options: FuzzOptions): Promise<FuzzReport> {
  const engine = await startEngineProcess(options.folder);
  const client = new MongoClient(`mongodb://127.0.0.1:${engine.port}/?directConnection=true`, { socketTimeoutMS: hang_ms });
  try {
    const fuzzing = new Fuzzing(options, engine, client, await capturedFrames(engine.port));
    await fuzzing.run();
    return fuzzing.report();
  } finally {
    await client.close();
    await engine.stop();
  }
}
