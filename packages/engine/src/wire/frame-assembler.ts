// Cuts a byte stream into MongoDB messages. Chunks are kept as they came and joined once per message, so that a message
// that arrives in many pieces is copied once, and one that arrives whole is not copied at all.
// Source: the manual's page "MongoDB Wire Protocol", Standard Message Header.
import { ProtocolViolation } from './protocol-violation.js';

export const headerBytes = 16;

export class FrameAssembler {
  private chunks: Buffer[] = [];
  private available = 0;
  /** Length of the message whose header has arrived; 0 while it has not. */
  private wanted = 0;

  /** The limit is asked for with each message: it is lower before authentication. */
  constructor(private readonly messageBytesMax: () => number) {}

  /** Whether a message has begun and not ended. */
  get isPartial(): boolean {
    return this.available > 0;
  }

  /** Bytes of the message that has begun. */
  get receivedBytes(): number {
    return this.available;
  }

  /** Takes a chunk and returns the messages that are now whole. Throws ProtocolViolation for an impossible length. */
  push(chunk: Buffer): Buffer[] {
    this.chunks.push(chunk);
    this.available += chunk.length;
    const messages: Buffer[] = [];
    for (;;) {
      if (this.wanted === 0) this.readLength();
      if (this.wanted === 0 || this.available < this.wanted) return messages;
      messages.push(this.take(this.wanted));
      this.wanted = 0;
    }
  }

  private readLength(): void {
    if (this.available < 4) return;
    const first = this.chunks[0]!;
    const length = first.length >= 4 ? first.readInt32LE(0) : this.joined().readInt32LE(0);
    const longest = this.messageBytesMax();
    if (length < headerBytes || length > longest) {
      throw new ProtocolViolation(`message length ${length} is not between ${headerBytes} and ${longest}`);
    }
    this.wanted = length;
  }

  private take(length: number): Buffer {
    const first = this.chunks[0]!;
    const whole = first.length >= length ? first : this.joined();
    const rest = whole.subarray(length);
    if (whole === first) this.chunks.shift();
    else this.chunks = [];
    if (rest.length > 0) this.chunks.unshift(rest);
    this.available -= length;
    return whole.subarray(0, length);
  }

  /** All chunks as one. Called once per message, and for a length field that was cut in two. */
  private joined(): Buffer {
    const whole = Buffer.concat(this.chunks, this.available);
    this.chunks = [whole];
    return whole;
  }
}
