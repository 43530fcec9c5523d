// `Idempotency-Key` on every POST and DELETE: a repeat of a request has the effect and the answer of the first one, on any
// replica, after a restart too, for 24 hours. Answers may hold secrets (a new connection URI), so they are kept encrypted; so are
// fingerprints, since that of a sign-in covers a password.
//
// A key's record is claimed before the handler runs (with a lease that is renewed while it runs) and completed before the answer is
// sent. A request that ended without a verdict (5xx, "wait", "still running", "sign in first") gives its key back, so that a repeat tries again.
import { createHash } from 'node:crypto';
import { ApiError } from '@freehold/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { z } from 'zod';
import type { Clock } from '../../ports/clock.js';
import type { IdempotencyRecord, IdempotencyStore } from '../../ports/idempotency.js';
import type { Identifiers } from '../../ports/identifiers.js';
import type { Keyring } from '../../ports/keyring.js';
import type { Logger } from '../../telemetry/logger.js';

export interface IdempotencyOptions {
  readonly idempotency: IdempotencyStore;
  readonly keyring: Pick<Keyring, 'encrypt' | 'decrypt'>;
  readonly clock: Clock;
  readonly identifiers: Pick<Identifiers, 'uuid'>;
  readonly logger: Logger;
  readonly waitMs: number;
  readonly leaseMs: number;
}

const rememberForMs = 24 * 60 * 60 * 1000;
const keyPattern = /^[\x21-\x7e]{1,255}$/u;
/** Statuses that say nothing about what the request would have done. */
const withoutVerdict: ReadonlySet<number> = new Set([401, 403, 413, 415, 423, 429]);

const answerSchema = z.strictObject({ status: z.number().int(), body: z.string(), contentType: z.string().nullable() });
type StoredAnswer = z.infer<typeof answerSchema>;

interface Claim {
  readonly id: string;
  readonly owner: string;
  readonly renewal: NodeJS.Timeout;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The idempotency key that this request holds while it runs. */
    idempotencyClaim: Claim | null;
  }
}

export const idempotencyPlugin = fastifyPlugin((server, options: IdempotencyOptions, done) => {
  server.decorateRequest('idempotencyClaim', null);
  server.decorate('idempotencyHooks', {
    preHandler: async (request, reply) => {
      const key = keyOf(request);
      if (key === undefined) return;
      const answer = await claimOrReplay(options, request, key);
      if (answer === undefined) return;
      void reply.code(answer.status).header('idempotency-replayed', 'true').serializer(String);
      if (answer.contentType !== null) void reply.type(answer.contentType);
      return reply.send(answer.body);
    },
    onSend: async (request, reply, payload) => {
      const claim = request.idempotencyClaim;
      if (claim === null) return;
      request.idempotencyClaim = null;
      clearInterval(claim.renewal);
      try {
        await settle(options, claim, reply, typeof payload === 'string' ? payload : '');
      } catch (error) {
        // What was done is done: its caller gets the answer, though a repeat will not.
        options.logger.event('idempotency.answer_not_kept', { request_id: request.id, error });
      }
    },
  });
  done();
});

function keyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && keyPattern.test(key)) return key;
  throw new ApiError('VALIDATION_FAILED', { issues: [{ path: 'headers.idempotency-key', message: 'must be 1 to 255 visible characters' }] });
}

/** Takes the key for this request, or returns the answer that an earlier one got. */
async function claimOrReplay(options: IdempotencyOptions, request: FastifyRequest, key: string): Promise<StoredAnswer | undefined> {
  const { idempotency, clock, identifiers } = options;
  const id = digest([request.principal?.userId ?? null, key]);
  const fingerprint = digest([request.method, request.url, request.body ?? null]);
  const owner = identifiers.uuid();
  const deadline = clock.now().getTime() + options.waitMs;
  for (let waitMs = 25; ; waitMs = Math.min(waitMs * 2, 400)) {
    const now = clock.now().getTime();
    const record: IdempotencyRecord = {
      fingerprint: options.keyring.encrypt(fingerprint, placeOf(id, 'fingerprint')), owner, leasedUntil: new Date(now + options.leaseMs), answer: null,
    };
    // One after the other: each attempt depends on what the one before it found.
    const held = await idempotency.claim(id, record, new Date(now + rememberForMs));
    if (held === undefined) {
      hold(options, request, { id, owner });
      return undefined;
    }
    if (options.keyring.decrypt(held.fingerprint, placeOf(id, 'fingerprint')) !== fingerprint) throw new ApiError('IDEMPOTENCY_KEY_REUSED');
    if (held.answer !== null) return answerSchema.parse(JSON.parse(options.keyring.decrypt(held.answer, placeOf(id, 'answer'))));
    if (held.leasedUntil.getTime() <= now && (await idempotency.takeOver(id, held, record))) {
      hold(options, request, { id, owner });
      return undefined;
    }
    if (now >= deadline) throw new ApiError('IDEMPOTENCY_IN_PROGRESS');
    await clock.sleep(waitMs);
  }
}

/** Keeps the lease alive while the request runs. */
function hold({ idempotency, clock, logger, leaseMs }: IdempotencyOptions, request: FastifyRequest, claim: Omit<Claim, 'renewal'>): void {
  const renewal = setInterval(() => {
    idempotency.renew(claim.id, claim.owner, new Date(clock.now().getTime() + leaseMs)).catch((error: unknown) => {
      logger.event('idempotency.lease_not_renewed', { request_id: request.id, error });
    });
  }, leaseMs / 3);
  renewal.unref();
  request.idempotencyClaim = { ...claim, renewal };
}

/** Writes the answer down, or gives the key back. */
async function settle({ idempotency, keyring }: IdempotencyOptions, { id, owner }: Claim, reply: FastifyReply, body: string): Promise<void> {
  const status = reply.statusCode;
  const { answeredError } = reply.request;
  // A quota's refusal is one for good, whatever its status.
  const hasFailed = status >= 500 && answeredError !== 'QUOTA_EXCEEDED';
  if (hasFailed || answeredError === 'IDEMPOTENCY_IN_PROGRESS' || withoutVerdict.has(status)) return idempotency.release(id, owner);
  const contentType = reply.getHeader('content-type');
  const answer: StoredAnswer = { status, body, contentType: typeof contentType === 'string' ? contentType : null };
  await idempotency.complete(id, owner, keyring.encrypt(JSON.stringify(answer), placeOf(id, 'answer')));
}

/** Unambiguous, since it is over JSON. */
function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function placeOf(id: string, field: 'fingerprint' | 'answer'): string {
  return JSON.stringify(['idempotency', id, field]);
}
