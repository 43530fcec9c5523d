// The way out of one connection: a reply becomes a message, compressed where its request was, and goes to the socket.
import type { Socket } from 'node:net';
import type { EngineMetrics } from '../dispatch/metrics.js';
import { compressMessage } from './compression.js';
import { encodeOpReply, encodeReply } from './op-msg.js';
import { encodeRemovedOperation, type RemovedOperation } from './removed-operation.js';
import type { WireReply } from './request.js';

/** How an answer must go out. */
export interface ReplyForm {
  /** The request's compressor; undefined, and 0: none. */
  readonly compressorId: number | undefined;
  /** The request was an OP_QUERY. */
  readonly isLegacy: boolean;
}

export class ReplySender {
  private lastRequestId = 0;

  constructor(
    private readonly socket: Socket,
    private readonly metrics: EngineMetrics,
  ) {}

  nextRequestId(): number {
    this.lastRequestId = this.lastRequestId >= 0x7fffffff ? 1 : this.lastRequestId + 1;
    return this.lastRequestId;
  }

  /** Returns what to wait for: compression, or a peer that does not take it at once; undefined mostly. */
  send(reply: WireReply, form: ReplyForm, responseTo: number, replyId = this.nextRequestId(), streamsOn = false): Promise<void> | undefined {
    if (form.isLegacy) return this.write(encodeOpReply(reply, replyId, responseTo));
    const plain = encodeReply(reply, replyId, responseTo, streamsOn);
    return form.compressorId === undefined || form.compressorId === 0 ? this.write(plain) : this.writeCompressed(plain, form.compressorId);
  }

  /** Answers an operation that is no longer there. */
  refuse(operation: RemovedOperation, responseTo: number): Promise<void> | undefined {
    return this.write(encodeRemovedOperation(operation, this.nextRequestId(), responseTo));
  }

  /** Resolves when the last answer is out, or the socket is gone. */
  flushed(): Promise<void> {
    const { socket } = this;
    if (socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      socket.once('close', () => resolve());
      socket.end(() => resolve());
    });
  }

  private async writeCompressed(plain: readonly Buffer[], compressorId: number): Promise<void> {
    const compressed = await compressMessage(plain, compressorId);
    const { compression } = this.metrics;
    compression.uncompressedOut += byteLength(plain);
    compression.compressedOut += byteLength(compressed);
    await this.write(compressed);
  }

  private write(parts: readonly Buffer[]): Promise<void> | undefined {
    const { socket, metrics } = this;
    if (socket.destroyed) return undefined;
    metrics.network.bytesOut += byteLength(parts);
    if (parts.length === 1) socket.write(parts[0]!);
    else {
      socket.cork();
      for (const part of parts) socket.write(part);
      socket.uncork();
    }
    return socket.writableNeedDrain ? this.drained() : undefined;
  }

  private drained(): Promise<void> {
    const { socket } = this;
    return new Promise((resolve) => {
      const done = (): void => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.once('drain', done);
      socket.once('close', done);
    });
  }
}

function byteLength(parts: readonly Buffer[]): number {
  let sum = 0;
  for (const part of parts) sum += part.length;
  return sum;
}
