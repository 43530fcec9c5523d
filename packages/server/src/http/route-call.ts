// Registers a route of the table: validation by its schemas, serialisation by its responses, and a handler whose types follow
// from both.
import type { Readable } from 'node:stream';
import { ApiError, serialisationSchema, takesIdempotencyKey, type Route, type ValidationIssue } from '@freehold/api';
import type { FastifyInstance, FastifyReply, FastifyRequest, onSendAsyncHookHandler, preHandlerAsyncHookHandler } from 'fastify';
import type * as z from 'zod';
import type { Principal } from '../services/accounts-authentication.js';
import type { Actor } from '../services/contracts.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route of the table; absent on what is outside it, such as the dashboard's files. */
    readonly route?: Route;
    /** True: open to everybody. Only for what is outside the table, which says so itself. */
    readonly isPublic?: boolean;
  }
  interface FastifyRequest {
    /** Who calls; null on public routes. Set by the authentication plugin before anything else looks at the request. */
    principal: Principal | null;
  }
  interface FastifyInstance {
    /** Run for routes that take an idempotency key; provided by the idempotency plugin. */
    readonly idempotencyHooks: { readonly preHandler: preHandlerAsyncHookHandler; readonly onSend: onSendAsyncHookHandler };
  }
}

export interface RouteCall<R extends Route> {
  readonly params: z.output<R['params']>;
  readonly query: z.output<R['query']>;
  readonly body: z.output<R['body']>;
  /** Who asks; throws on public routes. */
  readonly actor: Actor;
  /** What the presented API token was granted; null: a session, or nobody. */
  readonly grantedScopes: Principal['scopes'];
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** What a handler may give: nobody changes it any more. */
type Given<T> = T extends readonly (infer Item)[] ? readonly Given<Item>[] : T extends object ? { readonly [Field in keyof T]: Given<T[Field]> } : T;

type BodyOf<Response> = Response extends 'text/event-stream' | 'application/octet-stream' ? Readable : Response extends z.ZodType ? Given<z.output<Response>> : Response extends string ? string : undefined;

/** A status of the route, and the body that goes with it. */
export type Answer<R extends Route> = {
  readonly [Status in keyof R['responses']]: R['responses'][Status] extends null
    ? { readonly status: Status }
    : { readonly status: Status; readonly body: BodyOf<R['responses'][Status]> };
}[keyof R['responses']];

/** Registers one route. */
export function handle<R extends Route, const A extends Answer<R>>(server: FastifyInstance, route: R, handler: (call: RouteCall<R>) => Promise<A>): void {
  server.route({
    method: route.method,
    url: route.path.replace(/\{(\w+)\}/gu, ':$1'),
    config: { route },
    schema: { params: route.params, querystring: route.query, ...(route.method === 'GET' ? {} : { body: route.body }), response: responseSchemas(route) },
    validatorCompiler: ({ schema, httpPart }) => validatorOf(route, schema as unknown as z.ZodType, httpPart ?? ''),
    ...(takesIdempotencyKey(route) ? server.idempotencyHooks : {}),
    handler: async (request, reply) => {
      const { status, body } = (await handler(callOf<R>(request, reply))) as { readonly status: number; readonly body?: unknown };
      void reply.code(status);
      // Null is what Fastify sends as nothing.
      return body ?? null;
    },
  });
}

function callOf<R extends Route>(request: FastifyRequest, reply: FastifyReply): RouteCall<R> {
  return {
    params: request.params as z.output<R['params']>,
    query: request.query as z.output<R['query']>,
    body: request.body as z.output<R['body']>,
    get actor() {
      return actorOf(request);
    },
    grantedScopes: request.principal?.scopes ?? null,
    request,
    reply,
  };
}

function actorOf(request: FastifyRequest): Actor {
  if (request.principal === null) throw new ApiError('UNAUTHENTICATED');
  const claim = request.idempotencyClaim;
  const { userId, role, credential, rateLimits, rateLimitResets } = request.principal;
  return { userId, role, credential, rateLimits, rateLimitResets, ...requestFrom(request), ...(claim === null ? {} : { idempotencyId: claim.id }) };
}

/** Where a request comes from, as it is recorded. */
export function requestFrom(request: FastifyRequest): Pick<Actor, 'requestId' | 'remoteAddress' | 'userAgent'> {
  return { requestId: request.id, remoteAddress: request.ip, ...userAgentOf(request) };
}

const longestUserAgent = 256;

function userAgentOf({ headers }: FastifyRequest): { readonly userAgent?: string } {
  const given = headers['user-agent'];
  return given === undefined ? {} : { userAgent: given.slice(0, longestUserAgent) };
}

type Validated = { readonly value: unknown } | { readonly error: ApiError };

function validatorOf(route: Route, schema: z.ZodType, part: string): (data: unknown) => Validated {
  const place = part === 'querystring' ? 'query' : part;
  return (data) => {
    // A call without a body is one with an empty body: what is missing, the schema says.
    const parsed = schema.safeParse(data ?? {});
    if (parsed.success) return { value: parsed.data };
    // What does not look like an id names nothing, exactly as an id that does not exist (R2.2).
    if (place === 'params') return { error: new ApiError(route.notFound) };
    const issues = parsed.error.issues.flatMap((issue) => issuesOf(place, issue));
    return { error: new ApiError('VALIDATION_FAILED', { issues }) };
  };
}

/** One issue for each unknown field, so that each has its path. */
function issuesOf(place: string, issue: z.core.$ZodIssue): readonly ValidationIssue[] {
  const path = [place, ...issue.path.map(String)].join('.');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: `${path}.${key}`, message: 'is not a field of this call' }));
  return [{ path, message: issue.message }];
}

function responseSchemas(route: Route): Record<string, unknown> {
  const schemas = Object.entries(route.responses).flatMap(([status, response]) =>
    response === null || typeof response === 'string' ? [] : [[status, serialisationSchema(response)] as const],
  );
  return Object.fromEntries(schemas);
}
