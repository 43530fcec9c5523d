// Failed sign-ins in the audit log. Strangers make them, as many as they like, so they are added up: an account has one entry for a
// quarter of an hour, however many there were, and so have all the addresses together that have no account. Nothing that a stranger
// typed is kept, only where it came from.
import { isIP } from 'node:net';
import type { AuditEvent } from '../ports/audit.js';
import type { FailedSignIns } from '../ports/accounts.js';
import type { Clock } from '../ports/clock.js';
import type { ControlDatabase } from '../ports/control-database.js';
import { networkOf } from './accounts-lockout.js';
import type { Actor } from './contracts.js';

export interface FailedSignInDependencies {
  readonly control: Pick<ControlDatabase, 'failedSignIns' | 'transaction'>;
  readonly clock: Clock;
}

/** Failures within this time of the first are one entry. */
const failedSignInWindowMs = 15 * 60 * 1000;
const accountsPerPage = 100;

/** Adds one up, with the same work whether there is such an account (R2.2): its id, or null. */
export async function noteFailedSignIn({ control, clock }: FailedSignInDependencies, userId: string | null, { remoteAddress }: Pick<Actor, 'remoteAddress'>): Promise<void> {
  const at = clock.now();
  await control.failedSignIns.add(userId, { network: isIP(remoteAddress) === 0 ? 'unknown' : networkOf(remoteAddress), at, tellAt: new Date(at.getTime() + failedSignInWindowMs) });
}

/** Writes those whose time has come into the audit log, each once, whichever replica does it. */
export async function tellFailedSignIns({ control, clock }: FailedSignInDependencies, signal: AbortSignal): Promise<void> {
  const now = clock.now();
  for (;;) {
    const keys = await control.failedSignIns.due(now, accountsPerPage);
    for (const key of keys) {
      if (signal.aborted) return;
      // One after the other: nobody waits for them.
      await control.transaction(async (stores) => {
        const failures = await stores.failedSignIns.take(key, now);
        if (failures !== undefined) await stores.audit.record(entryOf(failures));
      });
    }
    if (keys.length < accountsPerPage) return;
  }
}

function entryOf({ userId, count, firstAt, lastAt, networks }: FailedSignIns): AuditEvent {
  return {
    action: 'account.sign_in_failed',
    // Whoever it was has shown nothing of themselves.
    origin: { actor_user_id: null, credential: { kind: 'none', id: '' }, request_id: '', remote_address: networks[0] ?? '' },
    userId: userId ?? '',
    subject: userId === null ? { kind: 'platform', id: 'sign_in' } : { kind: 'user', id: userId },
    at: lastAt,
    details: { count, first_at: firstAt.toISOString(), networks: [...networks] },
  };
}
