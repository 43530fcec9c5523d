// Events: what happened to a user's databases, apps and credentials, in the order it happened. One table of types; the stream,
// webhooks, e-mail and docs/events.md are made from it. No event holds a secret.
import * as z from 'zod';
import { queryInteger, timestamp } from './primitives.js';

/** Whose business an event is: its user's, or that of those who run the platform. */
export type EventAudience = 'user' | 'platform';

export interface EventTypeDefinition {
  readonly audience: EventAudience;
  readonly meaning: string;
  readonly data: z.ZodObject;
  /** Users get an e-mail of it unless they say otherwise. */
  readonly isMailedByDefault?: boolean;
}

const databaseId = z.string();
const username = z.string().describe('Of the MongoDB user; never its password');
const sizeMb = z.number().describe('What the database held when it was measured');

function eventType<const Definition extends EventTypeDefinition>(definition: Definition): Definition {
  return definition;
}

export const eventTypes = {
  'database.created': eventType({ audience: 'user', meaning: 'A database is there, and its connection URI works.', data: z.object({ database_id: databaseId, name: z.string(), environment: z.string(), cluster_id: z.string() }) }),
  'database.updated': eventType({ audience: 'user', meaning: 'Name, description, environment, quota or default of a database changed.', data: z.object({ database_id: databaseId, changed: z.array(z.string()) }) }),
  'database.deleted': eventType({ audience: 'user', meaning: 'A database was deleted: its credential is dead, and its data is kept until `purge_at`.', data: z.object({ database_id: databaseId, purge_at: timestamp.nullable() }) }),
  'database.restored': eventType({ audience: 'user', meaning: 'A deleted database is back.', data: z.object({ database_id: databaseId }) }),
  'database.purged': eventType({ audience: 'user', meaning: 'The data of a deleted database is gone.', data: z.object({ database_id: databaseId }) }),
  'database.moved': eventType({
    audience: 'user', isMailedByDefault: true, meaning: 'The data of a database, and the apps that use it, were moved: into another database (`target_database_id`), or to another place. It can be taken back until `reversible_until`.',
    data: z.object({ database_id: databaseId, target_database_id: databaseId, cluster_id: z.string(), reversible_until: timestamp }),
  }),
  'database.moved_back': eventType({ audience: 'user', meaning: 'A move was taken back.', data: z.object({ database_id: databaseId, cluster_id: z.string() }) }),
  'credentials.rotated': eventType({
    audience: 'user', meaning: 'A database has a new credential; the one before works until `previous_valid_until`.',
    data: z.object({ database_id: databaseId, username, previous_username: username, previous_valid_until: timestamp }),
  }),
  'credentials.previous_revoked': eventType({ audience: 'user', meaning: 'The credential that a rotation replaced does not work any more.', data: z.object({ database_id: databaseId, username }) }),
  'rotation.aborted': eventType({
    audience: 'user', isMailedByDefault: true, meaning: 'A rotation was taken back, because an app did not come up with the new credential; the old one goes on working.',
    data: z.object({ database_id: databaseId, reason: z.string(), app_id: z.string().nullable() }),
  }),
  'quota.warning': eventType({
    audience: 'user', isMailedByDefault: true, meaning: 'A database has filled 80 % or 95 % of what it may hold.',
    data: z.object({ database_id: databaseId, percent: z.number().int(), size_mb: sizeMb, quota_mb: z.number().nullable().describe('Of the database itself; null: the quota in total is what fills up') }),
  }),
  'quota.exceeded': eventType({ audience: 'user', isMailedByDefault: true, meaning: 'A database holds more than it may: its credential can read, delete and compact only.', data: z.object({ database_id: databaseId, size_mb: sizeMb }) }),
  'quota.forecast': eventType({
    audience: 'user', isMailedByDefault: true, meaning: 'A database will have filled its quota within a week, if it goes on growing as it did; told once a day.',
    data: z.object({ database_id: databaseId, days_left: z.number(), growth_bytes_per_day: z.number(), confidence: z.enum(['low', 'medium', 'high']) }),
  }),
  'quota.back_within': eventType({ audience: 'user', meaning: 'A database fits its quota again, and can be written to.', data: z.object({ database_id: databaseId, size_mb: sizeMb }) }),
  'connections.above_budget': eventType({
    audience: 'user', meaning: 'A database has more connections open than its clients are to open together; told once a day.',
    data: z.object({ database_id: databaseId, open: z.number().int(), budget: z.number().int() }),
  }),
  'operation.failed': eventType({
    audience: 'user', isMailedByDefault: true, meaning: 'An operation failed, and everything it had done was taken back.',
    data: z.object({ operation_id: z.string(), kind: z.string(), database_id: databaseId, error_code: z.string().nullable() }),
  }),
  'app.deployed': eventType({ audience: 'user', meaning: 'An app was handed to its deployer.', data: z.object({ app_id: z.string(), status: z.string() }) }),
  'token.created': eventType({ audience: 'user', meaning: 'An API token was made for the account.', data: z.object({ token_id: z.string(), name: z.string(), scopes: z.array(z.string()) }) }),
  'token.revoked': eventType({ audience: 'user', meaning: 'An API token was revoked.', data: z.object({ token_id: z.string() }) }),
  'webhook.disabled': eventType({
    audience: 'user', isMailedByDefault: true, meaning: 'A webhook was switched off, because its receiver failed for days or answered that it is gone.',
    data: z.object({ webhook_id: z.string(), reason: z.enum(['failing', 'gone']) }),
  }),
  'cluster.registered': eventType({ audience: 'platform', meaning: 'A cluster was registered.', data: z.object({ cluster_id: z.string(), name: z.string() }) }),
  'cluster.removed': eventType({ audience: 'platform', meaning: 'A cluster was taken out of the platform.', data: z.object({ cluster_id: z.string() }) }),
  'cluster.unreachable': eventType({ audience: 'platform', meaning: 'A cluster stopped answering.', data: z.object({ cluster_id: z.string() }) }),
  'cluster.reachable': eventType({ audience: 'platform', meaning: 'A cluster answers again.', data: z.object({ cluster_id: z.string() }) }),
} as const satisfies Record<string, EventTypeDefinition>;

export type EventType = keyof typeof eventTypes;
export type EventData<Type extends EventType> = z.infer<(typeof eventTypes)[Type]['data']>;

const names = Object.keys(eventTypes) as [EventType, ...EventType[]];

/** Every type of event. */
export const eventTypeNames: readonly EventType[] = names;
/** What users get by e-mail unless they say otherwise. */
export const defaultMailedEventTypes: readonly EventType[] = names.filter((name) => (eventTypes[name] as EventTypeDefinition).isMailedByDefault === true);
/** A type of event, in requests. */
export const eventTypeSchema = z.enum(names);

export const eventSchema = z
  .object({
    id: z.string(),
    sequence: z.number().int().describe('Grows with each event of the same stream; what `since` and `Last-Event-ID` name'),
    type: eventTypeSchema,
    at: timestamp,
    operation_id: z.string().nullable().describe('The operation it happened in'),
    data: z.record(z.string(), z.unknown()).describe('What it tells depends on the type: see docs/events.md'),
  })
  .meta({ id: 'Event' });

type EventFields = Omit<z.infer<typeof eventSchema>, 'type' | 'data'>;
/** An event, with the data of its type. */
export type Event = { readonly [Type in EventType]: EventFields & { readonly type: Type; readonly data: EventData<Type> } }[EventType];

/** Which events: one's own, or, for operators, those of the platform. */
export const eventStreamNames = ['own', 'platform'] as const;
export type EventStreamName = (typeof eventStreamNames)[number];

export const streamEventsQuerySchema = z.strictObject({
  since: queryInteger(0, 999_999_999).optional().describe('The sequence number of the last event that is known already; 0 is the beginning. Without it, and without `Last-Event-ID`, what happens from now on'),
  stream: z.enum(eventStreamNames).default('own').describe('`platform`: what concerns those who run it, for operators'),
  follow: z.enum(['true', 'false']).transform((text) => text === 'true').pipe(z.boolean()).default(true).describe('False: the stream ends when everything was sent that has happened so far'),
});
export type StreamEventsQuery = z.infer<typeof streamEventsQuerySchema>;
