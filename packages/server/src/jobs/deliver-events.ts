// Hands events to webhooks and e-mail, and sends what is due.
import type { Clock } from '../ports/clock.js';
import { dispatchEvents, type EventDispatchDependencies } from '../services/event-dispatch.js';
import type { EventDelivery } from '../services/event-delivery.js';
import type { Job } from './job.js';

/** How many are sent at a time by one replica. */
const sendersAtOnce = 8;
/** One run sends so many at most; the next goes on. */
const largestRun = 1_000;

/** The job `dispatch_events`. */
export function deliverNewEvents(dependencies: EventDispatchDependencies & { readonly clock: Clock }): Job {
  return {
    name: 'dispatch_events',
    everyMilliseconds: 1_000,
    run: async (signal) => {
      // Page after page, until all have been handed on.
      while (!signal.aborted && (await dispatchEvents(dependencies)));
    },
  };
}

/** The job `deliver_events`. */
export function deliverDueEvents(delivery: EventDelivery): Job {
  return {
    name: 'deliver_events',
    everyMilliseconds: 1_000,
    run: async (signal) => {
      if (!(await delivery.hasDue())) return;
      let left = largestRun;
      const send = async (): Promise<void> => {
        // One after the other; as many senders as may run at once.
        while (!signal.aborted && left > 0 && (await delivery.deliverNext())) left -= 1;
      };
      await Promise.all(Array.from({ length: sendersAtOnce }, send));
    },
  };
}
