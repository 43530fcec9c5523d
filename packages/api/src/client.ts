// A typed client made from the route table: fills in paths, sends idempotency keys, repeats what is safe to repeat, and throws
// ApiError for every error answer. Runs wherever `fetch` does.
import * as z from 'zod';
import { errorOf, isTransient, unreadable } from './client-errors.js';
import { streamCall } from './client-stream.js';
import type { CallOptions, Client } from './client-types.js';
import { type Route, takesIdempotencyKey } from './route.js';
import { routes } from './routes.js';

export interface ClientOptions {
  /** `http://127.0.0.1:8420`, or empty in a page that the server itself serves. */
  readonly baseUrl: string;
  /** A session token or an API token, or a function that knows the current one. */
  readonly token?: string | (() => string | undefined);
  readonly fetch?: typeof fetch;
  /** How often a call is sent at most: network errors and 503 are repeated. Default 3. */
  readonly maximumAttempts?: number;
  /** The longest wait that is waited for; a longer `Retry-After` is left to the caller. Default 10 s. */
  readonly maximumWaitMs?: number;
  /** Waits between attempts; for tests. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

type Input = Readonly<Record<string, unknown>>;

interface Prepared {
  readonly url: string;
  readonly request: RequestInit;
}

/** A client for the server at `baseUrl`. */
export function createClient(options: ClientOptions): Client {
  const callOf =
    (route: Route) =>
    (input: Input = {}, callOptions: CallOptions = {}): unknown => {
      const prepared = prepare(options, route, input, callOptions);
      return route.events === undefined ? call(options, route, prepared) : openStream(options, route.events, prepared);
    };
  const client: Record<string, Record<string, ReturnType<typeof callOf>>> = {};
  for (const [group, verbs] of Object.entries(routes)) {
    client[group] = Object.fromEntries(Object.entries<Route>(verbs).map(([verb, route]) => [verb, callOf(route)]));
  }
  return client as unknown as Client;
}

function prepare(options: ClientOptions, route: Route, input: Input, callOptions: CallOptions): Prepared {
  const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const path = route.path.replace(/\{(\w+)\}/gu, (_, name: string) => {
    const value = rest.get(name);
    if (typeof value !== 'string' || value === '') throw new TypeError(`${route.name} needs "${name}"`);
    rest.delete(name);
    return encodeURIComponent(value);
  });

  const query = new URLSearchParams();
  for (const name of fieldsOf(route.query)) {
    const value = rest.get(name);
    if (value !== undefined) query.set(name, JSON.stringify(value).replace(/^"(.*)"$/su, '$1'));
    rest.delete(name);
  }

  const headers: Record<string, string> = { accept: 'application/json' };
  const token = typeof options.token === 'function' ? options.token() : options.token;
  if (token !== undefined && token !== '') headers['authorization'] = `Bearer ${token}`;
  if (takesIdempotencyKey(route)) headers['idempotency-key'] = callOptions.idempotencyKey ?? randomKey();
  const hasBody = rest.size > 0;
  if (hasBody) headers['content-type'] = 'application/json';

  return {
    url: `${options.baseUrl.replace(/\/+$/u, '')}${path}${query.size > 0 ? `?${query.toString()}` : ''}`,
    request: {
      method: route.method,
      headers,
      ...(hasBody ? { body: JSON.stringify(Object.fromEntries(rest)) } : {}),
      ...(callOptions.signal === undefined ? {} : { signal: callOptions.signal }),
    },
  };
}

function transportOf({ fetch: send = fetch, sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)) }: ClientOptions) {
  return { send, sleep };
}

function openStream(options: ClientOptions, schema: z.ZodType, prepared: Prepared): AsyncGenerator<unknown, void> {
  return streamCall({ ...prepared, ...transportOf(options), schema, maximumAttempts: options.maximumAttempts ?? 10 });
}

/** Every call may be repeated: reads, sets of fields, and the rest by its idempotency key. */
async function call(options: ClientOptions, route: Route, { url, request }: Prepared): Promise<unknown> {
  const { send, sleep } = transportOf(options);
  const maximumAttempts = options.maximumAttempts ?? 3;
  const maximumWaitMs = options.maximumWaitMs ?? 10_000;
  for (let attempt = 1; ; attempt += 1) {
    const backOffMs = 200 * 2 ** (attempt - 1);
    let waitMs: number;
    try {
      const response = await send(url, request);
      if (response.ok) return await answerOf(route, response);
      const retryAfterMs = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000;
      const error = await errorOf(response);
      waitMs = Number.isNaN(retryAfterMs) ? backOffMs : retryAfterMs;
      if (!isTransient(error) || attempt >= maximumAttempts || waitMs > maximumWaitMs) throw error;
    } catch (error) {
      // `fetch` rejects with a TypeError when the network fails, and with something else when it was aborted.
      if (!(error instanceof TypeError) || attempt >= maximumAttempts || request.signal?.aborted === true) throw error;
      waitMs = backOffMs;
    }
    // One attempt after the other is the point here.
    await sleep(waitMs);
  }
}

async function answerOf(route: Route, response: Response): Promise<unknown> {
  const schema = route.responses[response.status];
  if (schema === null) return undefined;
  if (typeof schema === 'string') return await response.text();
  if (schema === undefined) throw unreadable(response);
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) throw unreadable(response);
  return parsed.data;
}

function fieldsOf(schema: Route['query']): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** 128 random bits. `crypto.randomUUID` is missing in pages that came over plain HTTP. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
