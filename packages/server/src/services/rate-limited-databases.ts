// The database service with its rate limits, for callers that change many databases in one request: each change counts as if it
// had been asked for alone. Routes of one change are limited by HTTP itself, which tells the caller where they stand.
import { rotationRuleOf, type SharedRateLimitName } from '../domain/rate-limits.js';
import type { Actor, DatabaseService } from './contracts.js';
import { databaseSubject, type RateLimiter } from './rate-limiter.js';

/** Throws RateLimited; a change that fails counts for nothing. */
export function limitDatabaseService(databases: DatabaseService, limiter: RateLimiter): DatabaseService {
  async function counted<Result>(name: SharedRateLimitName, subject: string, actor: Actor, change: () => Promise<Result>): Promise<Result> {
    const use = await limiter.take(name, subject, actor);
    try {
      return await change();
    } catch (error) {
      // What cannot be given back now ends with its window; the caller is told why the change failed.
      await use?.giveBack().catch(() => undefined);
      throw error;
    }
  }
  return {
    ...databases,
    create: (actor, input) => counted('database_creation', actor.userId, actor, () => databases.create(actor, input)),
    rotateCredentials: (actor, databaseId, rotation) =>
      counted(rotationRuleOf(rotation), databaseSubject(actor.userId, databaseId), actor, () => databases.rotateCredentials(actor, databaseId, rotation)),
    delete: (actor, databaseId, query) => counted('database_deletion', actor.userId, actor, () => databases.delete(actor, databaseId, query)),
  };
}
