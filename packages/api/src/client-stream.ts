// Calls whose answer is a stream of events: read one by one, and taken up again where it was cut, without loss.
import type * as z from 'zod';
import { errorOf, isTransient } from './client-errors.js';
import { ApiError } from './errors.js';
import { serverSentEvents } from './server-sent-events.js';

export interface StreamRequest {
  readonly url: string;
  readonly request: RequestInit;
  /** Parses what each event holds. */
  readonly schema: z.ZodType;
  readonly send: typeof fetch;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** How often in a row the stream is opened in vain. */
  readonly maximumAttempts: number;
}

const longestWaitMs = 10_000;

/**
 * What each event holds, until the server says that this was the last or the signal aborts. Throws ApiError where the stream is
 * refused, UNAUTHENTICATED where the credential ends meanwhile, and the network's error when it stays away.
 */
export async function* streamCall(stream: StreamRequest): AsyncGenerator<unknown, void> {
  const isAborted = (): boolean => stream.request.signal?.aborted === true;
  let lastEventId: string | undefined;
  for (let attempt = 1; !isAborted(); attempt += 1) {
    try {
      for await (const { id, event, data } of serverSentEvents(await open(stream, lastEventId))) {
        attempt = 0;
        if (id !== undefined) lastEventId = id;
        const held: unknown = JSON.parse(data);
        if (event === 'end') {
          refuseEndOf(held);
          return;
        }
        const parsed = stream.schema.safeParse(held);
        // Of a kind that this version does not know.
        if (parsed.success) yield parsed.data;
      }
    } catch (error) {
      if (isAborted()) return;
      if (!mayComeBack(error) || attempt >= stream.maximumAttempts) throw error;
    }
    await stream.sleep(Math.min(longestWaitMs, 250 * 2 ** Math.min(attempt, 10)));
  }
}

async function open({ url, request, send }: StreamRequest, lastEventId: string | undefined): Promise<ReadableStream<Uint8Array>> {
  const headers = { ...(request.headers as Record<string, string>), accept: 'text/event-stream', ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) };
  const response = await send(url, { ...request, headers });
  if (!response.ok) throw await errorOf(response);
  if (response.body === null) throw new TypeError('the stream has no body');
  return response.body;
}

/** Throws where the stream did not come to its own end. */
function refuseEndOf(held: unknown): void {
  if ((held as { readonly reason?: unknown } | null)?.reason === 'credential_ended') throw new ApiError('UNAUTHENTICATED');
}

/** `fetch` and its bodies reject with a TypeError when the network fails. */
function mayComeBack(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof ApiError && isTransient(error));
}
