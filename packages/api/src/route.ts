// What a route is: everything there is to know about one call of the API, as a value. The server registers it, the client
// calls it, OpenAPI describes it.
import type * as z from 'zod';
import type { ErrorCode } from './errors.js';
import { nothing } from './resources/primitives.js';
import type { Scope } from './resources/token.js';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Who may call: anybody, anybody who is signed in, or operators alone. */
export type Access = 'public' | 'user' | 'operator';

export interface Route {
  /** `resource.verb`; also OpenAPI's operationId. */
  readonly name: string;
  readonly method: Method;
  /** With `{parameters}` as OpenAPI writes them. */
  readonly path: string;
  readonly auth: Access;
  /** What an API token must have been granted. Null: sessions alone, or nobody in particular (public). */
  readonly scope: Scope | null;
  readonly params: z.ZodType;
  readonly query: z.ZodType;
  readonly body: z.ZodType;
  /** By status. Null: an answer without a body. A string: text of that media type. */
  readonly responses: Readonly<Record<number, z.ZodType | string | null>>;
  /** What each event of the answer holds, where that is a stream of server-sent events (`text/event-stream`); an `end` event closes it. */
  readonly events?: z.ZodType;
  /** Codes of this call in particular; `errorsOf` adds those that come with its kind. */
  readonly errors: readonly ErrorCode[];
  /** Codes of single results of an answer that is no error itself, by what was asked for. */
  readonly itemErrors: Readonly<Record<string, readonly ErrorCode[]>>;
  /** The answer where a path parameter does not look like an id: the same as for an absent one (R2.2). */
  readonly notFound: ErrorCode;
  readonly summary: string;
  readonly description: string;
}

/** What a route's author may leave out. */
type Optional = 'scope' | 'params' | 'query' | 'body' | 'errors' | 'itemErrors' | 'notFound' | 'description';

export type RouteDefinition = Omit<Route, Optional> & Partial<Pick<Route, Optional>>;

type Schema<R extends RouteDefinition, Field extends 'params' | 'query' | 'body'> = R[Field] extends z.ZodType ? R[Field] : Nothing;

/** A route with the types of its schemas kept. */
export type Defined<R extends RouteDefinition> = Omit<R, Optional> &
  Pick<Route, 'scope' | 'errors' | 'itemErrors' | 'notFound' | 'description'> & {
    readonly params: Schema<R, 'params'>;
    readonly query: Schema<R, 'query'>;
    readonly body: Schema<R, 'body'>;
  };

type Nothing = typeof nothing;

/** Fills in what the definition leaves out. */
export function defineRoute<const R extends RouteDefinition>(definition: R): Defined<R> {
  const filled: Route = {
    scope: null, params: nothing, query: nothing, body: nothing, errors: [], itemErrors: {}, notFound: 'NOT_FOUND', description: '', ...definition,
  };
  return filled as unknown as Defined<R>;
}

/** Every code a route can answer with: its own, and those that come with the way it is called. */
export function errorsOf(route: Route): readonly ErrorCode[] {
  const codes: ErrorCode[] = ['VALIDATION_FAILED', ...route.errors];
  // A public call says by itself which of these it can come to: some read nothing that could fail.
  if (route.auth !== 'public') codes.push('UNAUTHENTICATED', 'FORBIDDEN', 'ACCOUNT_DISABLED', 'RATE_LIMITED', 'INTERNAL_ERROR', 'SERVICE_UNAVAILABLE');
  if (route.path.includes('{')) codes.push(route.notFound);
  if (route.method !== 'GET') codes.push('MALFORMED_JSON', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  if (takesIdempotencyKey(route)) codes.push('IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_IN_PROGRESS');
  if (route.events !== undefined) codes.push('TOO_MANY_STREAMS');
  return [...new Set(codes)];
}

/** Every code that a single result of a route's answer can have. */
export function itemErrorsOf({ itemErrors }: Pick<Route, 'itemErrors'>): readonly ErrorCode[] {
  return [...new Set(Object.values(itemErrors).flat())];
}

/** `Idempotency-Key` goes with every POST and DELETE. */
export function takesIdempotencyKey(route: Route): boolean {
  return route.method === 'POST' || route.method === 'DELETE';
}
