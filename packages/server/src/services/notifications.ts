// What users want by e-mail (`NotificationService`).
import { ApiError, defaultMailedEventTypes, type Notifications } from '@freehold/api';
import type { AccountStore } from '../ports/accounts.js';
import type { AuditLog } from '../ports/audit.js';
import type { Clock } from '../ports/clock.js';
import type { NotificationStore } from '../ports/webhooks.js';
import type { Actor, NotificationService } from './contracts.js';
import { originOf } from './databases-world.js';

export interface NotificationDependencies {
  readonly accounts: Pick<AccountStore, 'find'>;
  readonly notifications: NotificationStore;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly clock: Clock;
  /** False: the platform sends no e-mail. */
  readonly hasMailer: boolean;
}

/** Builds the service. */
export function createNotificationService({ accounts, notifications, audit, clock, hasMailer }: NotificationDependencies): NotificationService {
  async function get({ userId }: Actor): Promise<Notifications> {
    const [account, chosen] = await Promise.all([accounts.find(userId), notifications.mailedEventTypes(userId)]);
    if (account === undefined) throw new ApiError('UNAUTHENTICATED');
    return { email: { address: account.email, is_available: hasMailer, event_types: [...(chosen ?? defaultMailedEventTypes)] } };
  }

  return {
    get,
    update: async (actor, { email }) => {
      const { userId } = actor;
      await notifications.setMailedEventTypes(userId, email.event_types);
      await audit.record({ action: 'account.notifications_changed', origin: originOf(actor), userId, subject: { kind: 'user', id: userId }, at: clock.now(), details: { event_types: email.event_types } });
      return get(actor);
    },
  };
}
