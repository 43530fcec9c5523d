// The rate limits of HTTP (R2.3). Only limited routes get hooks; reading one's own costs two looks into memory.
//
// A use is counted after validation and after the look for an idempotency key, so that neither a malformed request nor a repeat
// that is answered from the store counts, and before the handler runs, so that the limit holds for requests at the same time too.
// Where only successes count, a request that is refused gives its use back. Answers of 404 never say where their caller stands:
// other people's ids answer exactly as absent ones (R2.2).
import { errorCatalogue, errorsOf, itemErrorsOf, type RotateCredentials, type Route } from '@freehold/api';
import type { FastifyReply, FastifyRequest, onSendAsyncHookHandler, onSendHookHandler, preHandlerAsyncHookHandler, RouteOptions } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { rateLimitEntries, rateLimitRules, rotationRuleOf, type RateLimitCount, type RateLimitRule, type SharedRateLimitName } from '../../domain/rate-limits.js';
import { addressSubject, databaseSubject, RateLimited, type CountedUse, type RateLimiter, type RateLimitStanding } from '../../services/rate-limiter.js';
import type { Logger } from '../../telemetry/logger.js';

export interface RateLimitsOptions {
  /** Undefined: nothing is limited. */
  readonly rateLimiter: RateLimiter | undefined;
  readonly logger: Logger;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The use of a limit that this request has been counted for. */
    rateLimitUse: CountedUse | null;
  }
}

export const rateLimitsPlugin = fastifyPlugin((server, { rateLimiter, logger }: RateLimitsOptions, done) => {
  if (rateLimiter === undefined) {
    done();
    return;
  }
  server.decorateRequest('rateLimitUse', null);
  server.addHook('onRequest', (request, reply, next) => {
    const { principal } = request;
    const { route } = request.routeOptions.config;
    if (principal === null || route === undefined) {
      next();
      return;
    }
    try {
      rateLimiter.countRequest(principal.credential.id, principal);
      if (mayMiss(route)) rateLimiter.refuseKnownMisser(principal);
      next();
    } catch (error) {
      next(withStanding(reply, error as Error));
    }
  });
  server.addHook('onRoute', (options) => {
    const route = options.config?.route;
    if (route === undefined) return;
    for (const [name, rule] of rateLimitEntries()) {
      if (name !== 'requests' && Array.isArray(rule.calls) && rule.calls.includes(route.name)) limitRoute(options, name, { rateLimiter, logger });
    }
    if (mayMiss(route)) prepend(options, missHook({ rateLimiter, logger }));
  });
  done();
});

interface Limiting {
  readonly rateLimiter: RateLimiter;
  readonly logger: Logger;
}

/** Statuses of answers that use a limit up. */
const isCounted: Readonly<Record<Exclude<RateLimitCount, 'misses'>, (status: number) => boolean>> = {
  successes: (status) => status < 400,
  failed_sign_ins: (status) => status === 401,
  attempts: () => true,
};

/** Calls that may answer 404 to somebody with a credential, wherever the id stands: in the path, the query or the body. */
function mayMiss(route: Route): boolean {
  return route.auth !== 'public' && [...errorsOf(route), ...itemErrorsOf(route)].some((code) => errorCatalogue[code].status === 404);
}

function limitRoute(options: RouteOptions, name: SharedRateLimitName, { rateLimiter, logger }: Limiting): void {
  const rule: RateLimitRule = rateLimitRules[name];
  const counts = rule.counts;
  const count: preHandlerAsyncHookHandler = async (request, reply) => {
    if (!isMeant(name, request)) return;
    try {
      request.rateLimitUse = (await rateLimiter.take(name, subjectOf(rule, request), request.principal)) ?? null;
    } catch (error) {
      throw withStanding(reply, error);
    }
  };
  const settle: onSendAsyncHookHandler = async (request, reply, payload) => {
    const use = request.rateLimitUse;
    if (use === null || counts === 'misses') return payload;
    request.rateLimitUse = null;
    try {
      const standing = isCounted[counts](reply.statusCode) ? use.standing : await use.giveBack();
      if (reply.statusCode !== 404 && !reply.hasHeader('ratelimit-limit')) showStanding(reply, standing);
    } catch (error) {
      logger.event('rate_limit.not_counted', { request_id: request.id, rule: name, error });
    }
    return payload;
  };
  // After the look for an idempotency key, which is there already.
  options.preHandler = [...listOf(options.preHandler), count];
  prepend(options, settle);
}

/** Turns a miss too many into a refusal, before its answer is kept for repeats. Not async: it runs for every hit as well. */
function missHook({ rateLimiter, logger }: Limiting): onSendHookHandler {
  return (request, reply, payload, done) => {
    if (reply.statusCode !== 404 || request.principal === null || reply.hasHeader('idempotency-replayed')) {
      done(null, payload);
      return;
    }
    rateLimiter.countMiss(request.principal).then(() => done(null, payload), (error: unknown) => {
      if (error instanceof RateLimited) {
        showStanding(reply, error.standing);
        void reply.code(error.status).header('retry-after', String(error.details['retry_after_seconds']));
        done(null, JSON.stringify(error.toBody()));
        return;
      }
      logger.event('rate_limit.not_counted', { request_id: request.id, rule: 'missed_lookups', error });
      done(null, payload);
    });
  };
}

/** Whether a call counts for the rule, where that takes more than its route to say. */
function isMeant(name: SharedRateLimitName, { query, body }: FastifyRequest): boolean {
  // The first of the two calls of a deletion deletes nothing.
  if (name === 'database_deletion') return (query as { readonly confirm_token?: string }).confirm_token !== undefined;
  if (name !== 'credential_rotation' && name !== 'immediate_rotation') return true;
  return rotationRuleOf(body as RotateCredentials) === name;
}

function subjectOf({ scope }: RateLimitRule, request: FastifyRequest): string {
  if (scope === 'address') return addressSubject(request.ip);
  const { userId } = request.principal!;
  return scope === 'database' ? databaseSubject(userId, (request.params as { readonly id: string }).id) : userId;
}

function withStanding<Failure>(reply: FastifyReply, error: Failure): Failure {
  if (error instanceof RateLimited) showStanding(reply, error.standing);
  return error;
}

/** The fields of the IETF draft "RateLimit header fields for HTTP". */
function showStanding(reply: FastifyReply, { limit, remaining, resetSeconds }: RateLimitStanding): void {
  void reply.headers({ 'ratelimit-limit': String(limit), 'ratelimit-remaining': String(remaining), 'ratelimit-reset': String(resetSeconds) });
}

/** Before the hooks that are there: they keep the answer as this one leaves it. */
function prepend(options: RouteOptions, hook: onSendAsyncHookHandler | onSendHookHandler): void {
  options.onSend = [hook, ...listOf(options.onSend)];
}

function listOf<Hook>(hooks: Hook | Hook[] | undefined): Hook[] {
  if (hooks === undefined) return [];
  return Array.isArray(hooks) ? hooks : [hooks];
}
