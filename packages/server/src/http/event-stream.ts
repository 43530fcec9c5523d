// Streams of server-sent events (WHATWG HTML, section 9.2) out of any asynchronous source: headers, heartbeats, an end that says
// why, and bounds. A stream is pulled by its reader: a slow one holds back its source instead of filling memory, and one that takes
// nothing at all is cut off. What a caller may not read any longer, the stream stops telling.
import { Readable } from 'node:stream';
import { ApiError, type Route } from '@freehold/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from '../services/accounts-authentication.js';
import type { Logger } from '../telemetry/logger.js';
import { authenticate, authorize } from './plugins/authentication.js';

export interface ServerSentEvent {
  /** What the reader names in `Last-Event-ID` when it comes back. */
  readonly id?: string;
  readonly event: string;
  readonly data: unknown;
}

/** Why a stream ends for good; a stream that ends without this event was cut, and its reader comes back. */
export type EventStreamEnd = 'caught_up' | 'ended' | 'credential_ended';

/** Yields events until it is done, and returns why that is; stops when the signal aborts. */
export type EventSource = (signal: AbortSignal) => AsyncGenerator<ServerSentEvent, EventStreamEnd>;

export interface EventStreamLimits {
  /** How often a silent stream is kept alive, and its reader's credential is looked at again. */
  readonly heartbeatMs: number;
  /** A reader that takes nothing for so long is cut off. */
  readonly stallMs: number;
  readonly streamsPerUser: number;
  /** In this process. */
  readonly streams: number;
}

const defaultEventStreamLimits: EventStreamLimits = { heartbeatMs: 10_000, stallMs: 60_000, streamsPerUser: 10, streams: 1_000 };

export interface EventStreams {
  /** The body of the answer. Throws TOO_MANY_STREAMS. */
  open(call: { readonly request: FastifyRequest; readonly reply: FastifyReply }, source: EventSource): Readable;
  /** Cuts all streams, and refuses new ones: the process stops. */
  close(): void;
}

export interface EventStreamDependencies {
  readonly authenticator: Authenticator;
  readonly logger: Logger;
  readonly limits?: Partial<EventStreamLimits>;
}

const reconnectAfterMs = 1_000;

/** Builds the streams of one process. */
export function createEventStreams(dependencies: EventStreamDependencies): EventStreams {
  const limits = { ...defaultEventStreamLimits, ...dependencies.limits };
  const open = new Set<Readable>();
  const openPerUser = new Map<string, number>();

  function enter(userId: string, stream: Readable): void {
    open.add(stream);
    openPerUser.set(userId, (openPerUser.get(userId) ?? 0) + 1);
    stream.once('close', () => {
      open.delete(stream);
      const left = (openPerUser.get(userId) ?? 1) - 1;
      if (left === 0) openPerUser.delete(userId);
      else openPerUser.set(userId, left);
    });
  }

  let isClosed = false;
  return {
    open: ({ request, reply }, source) => {
      if (isClosed) throw new ApiError('SERVICE_UNAVAILABLE');
      const userId = request.principal?.userId;
      if (userId === undefined) throw new ApiError('UNAUTHENTICATED');
      if ((openPerUser.get(userId) ?? 0) >= limits.streamsPerUser) throw new ApiError('TOO_MANY_STREAMS', { limit: limits.streamsPerUser });
      if (open.size >= limits.streams) throw new ApiError('SERVICE_UNAVAILABLE');
      void reply.type('text/event-stream; charset=utf-8').headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
      const stream = new EventBody(source, limits, { ...dependencies, request });
      enter(userId, stream);
      return stream;
    },
    close: () => {
      isClosed = true;
      for (const stream of open) stream.destroy();
    },
  };
}

interface Reading extends EventStreamDependencies {
  readonly request: FastifyRequest;
}

/** A body that is pulled: it asks for the next frame when its reader has taken the one before. */
class EventBody extends Readable {
  readonly #frames: AsyncGenerator<string>;
  readonly #controller = new AbortController();
  readonly #stallMs: number;
  #stall: NodeJS.Timeout | undefined;

  constructor(source: EventSource, limits: EventStreamLimits, reading: Reading) {
    super();
    this.#stallMs = limits.stallMs;
    this.#frames = frames(source, limits, reading, this.#controller);
  }

  override _read(): void {
    clearTimeout(this.#stall);
    this.#frames.next().then(({ done, value }) => {
      if (this.destroyed) return;
      this.#stall = setTimeout(() => this.destroy(), this.#stallMs).unref();
      this.push(done === true ? null : value);
    }, (error: unknown) => this.destroy(error as Error));
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearTimeout(this.#stall);
    this.#controller.abort();
    this.#frames.return(undefined).catch(() => undefined);
    callback(error);
  }
}

async function* frames(source: EventSource, { heartbeatMs }: EventStreamLimits, reading: Reading, controller: AbortController): AsyncGenerator<string> {
  const { signal } = controller;
  const events = source(signal);
  let lookAgainAt = Date.now() + heartbeatMs;
  try {
    yield `retry: ${reconnectAfterMs}\n\n`;
    for (let next = events.next(); !signal.aborted;) {
      const turn = await soon(next, lookAgainAt - Date.now(), signal);
      if (Date.now() >= lookAgainAt) {
        if (!(await mayStillRead(reading))) {
          yield endFrame('credential_ended');
          return;
        }
        lookAgainAt = Date.now() + heartbeatMs;
        if (turn === undefined) yield ': \n\n';
      }
      if (turn === undefined) continue;
      if (turn.done === true) {
        yield endFrame(turn.value);
        return;
      }
      yield frame(turn.value);
      next = events.next();
    }
  } catch (error) {
    // The reader sees a cut, and comes back to where it was.
    if (!signal.aborted) reading.logger.event('stream.failed', { request_id: reading.request.id, error });
  } finally {
    controller.abort();
    await events.return('ended').catch(() => undefined);
  }
}

/** What the promise gives, or undefined when the time is over first, or the signal aborts. */
async function soon<Value>(promise: Promise<Value>, milliseconds: number, signal: AbortSignal): Promise<Value | undefined> {
  const late = new AbortController();
  const end = (): void => late.abort();
  const isLate = new Promise<undefined>((resolve) => late.signal.addEventListener('abort', () => resolve(undefined)));
  const timer = setTimeout(end, Math.max(0, milliseconds));
  signal.addEventListener('abort', end);
  try {
    return await Promise.race([promise, isLate]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

async function mayStillRead({ authenticator, request }: Reading): Promise<boolean> {
  try {
    const principal = await authenticate(authenticator, request);
    const route: Route | undefined = request.routeOptions.config.route;
    if (route !== undefined) authorize(principal, route);
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

function frame({ id, event, data }: ServerSentEvent): string {
  // JSON has no line breaks outside its strings, and escapes those inside.
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function endFrame(reason: EventStreamEnd): string {
  return frame({ event: 'end', data: { reason } });
}
