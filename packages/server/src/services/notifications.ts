// What users want by e-mail (`NotificationService`).
import { ApiError, defaultMailedEventTypes, type Notifications } from '@freehold/api';
import type { Clock } from '../ports/clock.js';
import type { ControlDatabase } from '../ports/control-database.js';
import type { Actor, NotificationService } from './contracts.js';
import { originOf } from './databases-world.js';

export interface NotificationDependencies {
  readonly control: Pick<ControlDatabase, 'accounts' | 'notifications' | 'transaction'>;
  readonly clock: Clock;
  /** False: the platform sends no e-mail. */
  readonly hasMailer: boolean;
}

/** Builds the service. */
export function createNotificationService({ control, clock, hasMailer }: NotificationDependencies): NotificationService {
  async function get({ userId }: Actor): Promise<Notifications> {
    const [account, chosen] = await Promise.all([control.accounts.find(userId), control.notifications.mailedEventTypes(userId)]);
    if (account === undefined) throw new ApiError('UNAUTHENTICATED');
    return { email: { address: account.email, is_available: hasMailer, event_types: [...(chosen ?? defaultMailedEventTypes)] } };
  }

  return {
    get,
    update: async (actor, { email }) => {
      const { userId } = actor;
      const change = { action: 'account.notifications_changed', origin: originOf(actor), userId, subject: { kind: 'user', id: userId }, at: clock.now(), details: { event_types: email.event_types } } as const;
      await control.transaction(async (stores) => {
        await stores.notifications.setMailedEventTypes(userId, email.event_types);
        await stores.audit.record(change);
      });
      return get(actor);
    },
  };
}
