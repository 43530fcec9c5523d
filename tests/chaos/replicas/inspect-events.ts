// No event is lost, and each reaches the webhook of its account at least once.
import type { Db } from 'mongodb';
import type { Account } from './inspection.js';

/** What is still on its way; retries are due at once: nobody waits here for time to pass. */
export async function undelivered(control: Db, accounts: readonly Account[]): Promise<readonly string[]> {
  const ofAccounts = accounts.map(({ userId }) => userId);
  await control.collection('deliveries').updateMany({ user_id: { $in: ofAccounts }, state: 'pending', attempt_count: { $gt: 0 } }, { $set: { next_attempt_at: new Date(0) } });
  const [undispatched, pending] = await Promise.all([
    control.collection('events').countDocuments({ stream: { $in: ofAccounts }, undispatched_since: { $exists: true } }),
    control.collection('deliveries').countDocuments({ user_id: { $in: ofAccounts }, state: 'pending', webhook_id: { $ne: null } }),
  ]);
  return undispatched + pending === 0 ? [] : [`${undispatched} events are not handed on and ${pending} deliveries are pending`];
}

export async function eventViolations(control: Db, { userId, people, received }: Account): Promise<readonly string[]> {
  const events = await control.collection('events').find({ stream: userId }).sort({ sequence: 1 }).toArray();
  const sequences = events.map((event) => Number(event['sequence']));
  const counted = (type: string, databaseId: string): number => events.filter((event) => event['type'] === type && event['data'].database_id === databaseId).length;
  const known = people.flatMap(({ databases }) => databases);
  const first = sequences[0] ?? 1;
  const ids = received(userId);
  // The account's webhook was made first: whatever happened to its databases came later.
  const missed = events.filter((event) => String(event['type']).startsWith('database.') && !ids.has(String(event['_id'])));
  return [
    ...(sequences.every((sequence, index) => sequence === first + index) ? [] : [`${userId}: the events are not numbered without a gap`]),
    ...known.flatMap(({ id }) => (counted('database.created', id) === 1 ? [] : [`${id} was created with ${counted('database.created', id)} events`])),
    ...known.flatMap(({ id, rotations }) => (counted('credentials.rotated', id) === rotations ? [] : [`${id} was rotated ${rotations} times with ${counted('credentials.rotated', id)} events`])),
    ...missed.map((event) => `${userId}: the webhook never got ${String(event['type'])} ${String(event['_id'])}`),
  ];
}
