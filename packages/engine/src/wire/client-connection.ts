// One socket: cuts its bytes into messages, has them answered one after the other, and writes the answers.
// Back pressure goes both ways: no reading while requests wait, no next request while the last answer is not drained.
import type { Socket } from 'node:net';
import type { Connection } from '../dispatch/connection.js';
import type { EngineLog } from '../dispatch/log.js';
import type { EngineMetrics } from '../dispatch/metrics.js';
import { CommandError } from '../errors.js';
import { uncompressMessage } from './compression.js';
import { FrameAssembler } from './frame-assembler.js';
import { OpCode, readHeader, type MessageHeader } from './message.js';
import { parseOpMsg } from './op-msg.js';
import { parseOpQuery } from './op-query.js';
import { ProtocolViolation } from './protocol-violation.js';
import { RemovedOperation } from './removed-operation.js';
import { ReplySender, type ReplyForm } from './reply-sender.js';
import type { RequestHandler, WireReply, WireRequest } from './request.js';

export interface ConnectionLimits {
  readonly messageBytesMax: number;
  /** The same for peers that have to authenticate and have not: what they may say is short. */
  readonly strangerMessageBytesMax: number;
  /** Requests, and their bytes, that may wait on one connection before reading stops. */
  readonly pendingMax: number;
  readonly pendingBytesMax: number;
  /** A peer that sends nothing, or not all of a message, for so long is gone. */
  readonly stallTimeout_ms: number;
  /** Whoever sends a message must not be slower than this, beyond that time: a byte now and then would hold a place for good. */
  readonly slowestBytesPerSecond: number;
}

export interface ConnectionParts {
  readonly state: Connection;
  readonly socket: Socket;
  readonly handler: RequestHandler;
  readonly limits: ConnectionLimits;
  readonly metrics: EngineMetrics;
  readonly log: EngineLog;
}

/** A request as it came in and how its answer must go out. */
interface Incoming extends ReplyForm {
  readonly request: WireRequest;
  readonly requestId: number;
  readonly wantsReply: boolean;
}

const plainForm: ReplyForm = { compressorId: undefined, isLegacy: false };
const noSequences: WireRequest['sequences'] = new Map();

export class ClientConnection {
  private readonly assembler: FrameAssembler;
  private readonly sender: ReplySender;
  private readonly pending: Buffer[] = [];
  private pendingBytes = 0;
  private work: Promise<void> | undefined;
  private isEnding = false;
  private hasSpoken = false;
  /** When the message that is on its way began. */
  private messageBegan_ms: number | undefined;
  private readonly opened_ms = performance.now();

  constructor(private readonly parts: ConnectionParts) {
    const { socket, limits } = parts;
    this.assembler = new FrameAssembler(() => this.messageBytesMax());
    this.sender = new ReplySender(socket, parts.metrics);
    socket.setTimeout(limits.stallTimeout_ms, () => this.dropStalled());
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', (error) => parts.log.write('debug', 'connection.error', { connection: parts.state.id, reason: error.message }));
  }

  /** Answers what was read already, then closes; resolves when the socket's last answer is out or it is gone. */
  async end(): Promise<void> {
    this.isEnding = true;
    this.parts.socket.pause();
    await this.work;
    await this.sender.flushed();
    this.parts.socket.destroy();
  }

  destroy(): void {
    this.parts.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    this.parts.metrics.network.bytesIn += chunk.length;
    try {
      for (const message of this.assembler.push(chunk)) {
        this.messageBegan_ms = undefined;
        this.pending.push(message);
        this.pendingBytes += message.length;
      }
    } catch (error) {
      this.drop(error);
      return;
    }
    if (this.isTooSlow()) {
      this.drop(new ProtocolViolation('a message came too slowly'));
      return;
    }
    const { pendingMax, pendingBytesMax } = this.parts.limits;
    if (this.pending.length > pendingMax || this.pendingBytes > pendingBytesMax) this.parts.socket.pause();
    if (this.pending.length > 0 && this.work === undefined) this.answerPending();
  }

  /** A message on its way, and a first one, has the time of a stall and what its bytes may take. */
  private isTooSlow(): boolean {
    if (!this.assembler.isPartial) {
      this.messageBegan_ms = undefined;
      return false;
    }
    const now_ms = performance.now();
    this.messageBegan_ms = this.hasSpoken || this.pending.length > 0 ? (this.messageBegan_ms ?? now_ms) : this.opened_ms;
    const { stallTimeout_ms, slowestBytesPerSecond } = this.parts.limits;
    return now_ms - this.messageBegan_ms > stallTimeout_ms + (this.assembler.receivedBytes / slowestBytesPerSecond) * 1000;
  }

  /** One at a time: answers go out in the order of their requests. Most of them wait for nothing, and then nothing is promised. */
  private answerPending(): void {
    try {
      const waiting = this.answerWhileReady();
      if (waiting !== undefined) this.work = this.answerAfter(waiting);
    } catch (error) {
      this.drop(error);
    }
  }

  private async answerAfter(first: Promise<void>): Promise<void> {
    try {
      let waiting: Promise<void> | undefined = first;
      while (waiting !== undefined) {
        // One after the other, in the order of the requests.
        await waiting;
        waiting = this.answerWhileReady();
      }
    } catch (error) {
      this.drop(error);
    } finally {
      this.work = undefined;
    }
  }

  /** Returns what must be waited for before it can go on. */
  private answerWhileReady(): Promise<void> | undefined {
    while (this.pending.length > 0 && !this.parts.state.closed.aborted) {
      const message = this.pending.shift()!;
      this.pendingBytes -= message.length;
      if (this.pending.length === 0 && this.parts.socket.isPaused() && !this.isEnding) this.parts.socket.resume();
      const waiting = this.answer(message);
      if (waiting !== undefined) return waiting;
    }
    return undefined;
  }

  private answer(message: Buffer): Promise<void> | undefined {
    this.hasSpoken = true;
    this.parts.metrics.network.requests += 1;
    const header = readHeader(message);
    if (header.opCode === OpCode.compressed) return this.answerCompressed(message, header);
    return this.answerPlain(message, header, undefined);
  }

  private async answerCompressed(message: Buffer, header: MessageHeader): Promise<void> {
    const plain = await this.uncompress(message);
    await this.answerPlain(plain.message, header, plain.compressorId);
  }

  private answerPlain(message: Buffer, { requestId }: MessageHeader, compressorId: number | undefined): Promise<void> | undefined {
    let incoming: Incoming;
    try {
      incoming = this.parse(message, compressorId);
    } catch (error) {
      if (error instanceof RemovedOperation) return this.sender.refuse(error, requestId);
      if (!(error instanceof CommandError)) throw error;
      return this.sender.send(this.parts.handler.refuse(error), plainForm, requestId);
    }
    const reply = this.parts.handler.handle(incoming.request);
    return reply instanceof Promise ? this.respondLater(incoming, reply) : this.respond(incoming, reply);
  }

  private async respondLater(incoming: Incoming, reply: Promise<WireReply>): Promise<void> {
    await this.respond(incoming, await reply);
  }

  private respond(incoming: Incoming, reply: WireReply): Promise<void> | undefined {
    if (reply.closesConnection === true) {
      this.parts.socket.destroy();
      return undefined;
    }
    if (!incoming.wantsReply) return undefined;
    return reply.followedBy === undefined ? this.sender.send(reply, incoming, incoming.requestId) : this.stream(incoming, reply);
  }

  /** A reply, and those that follow it without being asked for: each answers the one before. */
  private async stream(incoming: Incoming, first: WireReply): Promise<void> {
    let responseTo = incoming.requestId;
    let reply = first;
    for (;;) {
      const next = this.isEnding ? undefined : reply.followedBy;
      const replyId = this.sender.nextRequestId();
      // One after the other: a stream has an order.
      await this.sender.send(reply, incoming, responseTo, replyId, next !== undefined);
      if (next === undefined || this.parts.state.closed.aborted) return;
      responseTo = replyId;
      reply = await this.parts.handler.handle(next);
      if (reply.closesConnection === true) {
        this.parts.socket.destroy();
        return;
      }
    }
  }

  private async uncompress(message: Buffer): Promise<{ message: Buffer; compressorId: number }> {
    const { metrics } = this.parts;
    const plain = await uncompressMessage(message, this.messageBytesMax());
    metrics.compression.compressedIn += message.length;
    metrics.compression.uncompressedIn += plain.message.length;
    return plain;
  }

  private parse(message: Buffer, compressorId: number | undefined): Incoming {
    const { opCode, requestId } = readHeader(message);
    const connection = this.parts.state;
    if (opCode === OpCode.message) {
      const { body, sequences, moreToCome, exhaustAllowed } = parseOpMsg(message);
      const request = { connection, body, sequences, legacyDatabase: undefined, exhaustAllowed };
      return { request, requestId, wantsReply: !moreToCome, compressorId, isLegacy: false };
    }
    if (opCode === OpCode.query) {
      const { database, collection, body } = parseOpQuery(message);
      if (collection !== '$cmd') throw new RemovedOperation('OP_QUERY');
      const request = { connection, body, sequences: noSequences, legacyDatabase: database, exhaustAllowed: false };
      return { request, requestId, wantsReply: true, compressorId, isLegacy: true };
    }
    if (opCode === OpCode.getMore) throw new RemovedOperation('OP_GET_MORE');
    throw new ProtocolViolation(`unknown opcode ${opCode}`);
  }

  private messageBytesMax(): number {
    const { state, limits } = this.parts;
    return state.user === undefined ? limits.strangerMessageBytesMax : limits.messageBytesMax;
  }

  /** Before a first message, or in the middle of one, silence means a dead or hostile peer; between messages it is normal. */
  private dropStalled(): void {
    if (this.work !== undefined && !this.parts.socket.writableNeedDrain) return;
    if (this.assembler.isPartial || !this.hasSpoken || this.parts.socket.writableNeedDrain) {
      this.drop(new ProtocolViolation(`nothing moved for ${this.parts.limits.stallTimeout_ms} ms`));
    }
  }

  private drop(error: unknown): void {
    const { log, state, socket } = this.parts;
    const reason = error instanceof Error ? error.message : String(error);
    log.write('warn', 'connection.dropped', { connection: state.id, remote: state.remoteAddress, reason });
    socket.destroy();
  }
}
