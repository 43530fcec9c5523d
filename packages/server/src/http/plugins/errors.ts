// Every failure answers `{error: {code, message, details}}` (R4.5): what services refuse, what Fastify refuses before them, and
// what nobody expected.
import { ApiError, errorsOf, routeList, type ErrorCode, type Method } from '@freehold/api';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { isUnreachable } from '../../ports/failures.js';
import type { Logger } from '../../telemetry/logger.js';

/** Fastify's own errors, by its codes. */
const fastifyErrors: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_INVALID_JSON_BODY: 'MALFORMED_JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'MALFORMED_JSON',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'VALIDATION_FAILED',
  FST_ERR_BAD_URL: 'NOT_FOUND',
  FST_ERR_VALIDATION: 'VALIDATION_FAILED',
};

const defaultRetryAfterSeconds = 1;

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the error that it was answered with. */
    answeredError: ErrorCode | null;
  }
}

export interface ErrorsOptions {
  readonly logger: Logger;
  readonly bodyBytes: number;
}

/** What an error says to the caller. */
export function asApiError(error: unknown, bodyBytes: number): ApiError {
  if (error instanceof ApiError) return error;
  const { code, statusCode } = error as Partial<FastifyError>;
  const known = typeof code === 'string' ? fastifyErrors[code] : undefined;
  if (known === 'PAYLOAD_TOO_LARGE') return new ApiError(known, { limit_bytes: bodyBytes });
  if (known !== undefined) return new ApiError(known);
  // A body that the JSON parser refuses, a poisoned `__proto__` included.
  if (error instanceof SyntaxError && statusCode === 400) return new ApiError('MALFORMED_JSON');
  // The control database, or whatever else a port reaches, does not answer: worth another attempt.
  if (isUnreachable(error)) return new ApiError('SERVICE_UNAVAILABLE', {}, { cause: error });
  return new ApiError('INTERNAL_ERROR', {}, { cause: error });
}

export const errorsPlugin = fastifyPlugin((server: FastifyInstance, { logger, bodyBytes }: ErrorsOptions, done) => {
  server.decorateRequest('answeredError', null);
  server.setErrorHandler((error, request, reply) => {
    const presented = asApiError(error, bodyBytes);
    // A quota is the caller's to mind, whatever its status.
    if (presented.status >= 500 && presented.code !== 'QUOTA_EXCEEDED') {
      const name = presented.code === 'INTERNAL_ERROR' ? 'http.failed' : 'http.unavailable';
      logger.event(name, { request_id: request.id, route: request.routeOptions.url ?? null, code: presented.code, error: presented.cause ?? presented });
    }
    if (!isDeclared(request, presented.code)) logger.event('http.undeclared', { request_id: request.id, route: request.routeOptions.config.route?.name ?? null, code: presented.code });
    if (presented.code === 'ACCOUNT_LOCKED') logger.event('sign_in.locked', { request_id: request.id, remote_address: request.ip });
    return sendError(request, reply, presented);
  });
  done();
});

/** Whether the row of the route says that it may answer so. Tests fail where one did not (testing/http-platform.fixture.ts). */
function isDeclared(request: FastifyRequest, code: ErrorCode): boolean {
  const { route } = request.routeOptions.config;
  return route === undefined || errorsOf(route).includes(code);
}

/** Answers with an error. */
export function sendError(request: FastifyRequest, reply: FastifyReply, error: ApiError): FastifyReply {
  request.answeredError = error.code;
  const retryAfterSeconds = error.details['retry_after_seconds'] ?? (error.status === 503 || error.code === 'IDEMPOTENCY_IN_PROGRESS' ? defaultRetryAfterSeconds : undefined);
  if (typeof retryAfterSeconds === 'number') void reply.header('retry-after', String(Math.ceil(retryAfterSeconds)));
  if (error.status === 401) void reply.header('www-authenticate', 'Bearer');
  // An id that is absent, a stranger's, or malformed: one and the same body (R2.2).
  const isAbsent = error.code === request.routeOptions.config.route?.notFound;
  const body = isAbsent ? new ApiError(error.code).toBody() : error.toBody();
  return reply.code(error.status).type('application/json; charset=utf-8').serializer(JSON.stringify).send(body);
}

/** The methods that an address takes, where it is one of the table. */
function methodsOf(url: string): readonly Method[] {
  const path = url.split('?')[0]!;
  return patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
}

const patterns = routeList.map(({ method, path }) => ({ method, pattern: new RegExp(`^${path.replace(/\{\w+\}/gu, '[^/]+')}$`, 'u') }));

/** The error for an address that no route has, or none with this method. */
export function unroutedError(request: FastifyRequest, reply: FastifyReply): ApiError {
  const allowed = methodsOf(request.url);
  if (allowed.length === 0) return new ApiError('NOT_FOUND');
  void reply.header('allow', allowed.join(', '));
  return new ApiError('METHOD_NOT_ALLOWED', { allowed });
}
