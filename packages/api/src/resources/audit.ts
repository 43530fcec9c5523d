// The audit log: who did what to what, when, and from where. It can be read, never changed.
import * as z from 'zod';
import { pageLimits } from './page.js';
import { queryInteger, timestamp } from './primitives.js';

export const auditEntrySchema = z
  .object({
    id: z.string(),
    at: timestamp,
    action: z.string().describe('For example `database.created`'),
    user_id: z.string().describe('Whose resource it is'),
    actor: z.object({
      user_id: z.string().nullable().describe('Null: the platform by itself'),
      credential_kind: z.string().describe('`session`, `api_token`, `system`, or `none`: somebody who has shown nothing, of a failed sign-in'),
      credential_id: z.string().nullable(),
      remote_address: z.string().nullable(),
      user_agent: z.string().nullable(),
    }),
    resource: z.object({ kind: z.string(), id: z.string() }),
    request_id: z.string().nullable(),
    operation_id: z.string().nullable(),
    details: z.record(z.string(), z.unknown()).describe('What changed, fields before and after where they hold no secret'),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof auditEntrySchema>;

const own = {
  action: z.string().regex(/^[a-z_.]{1,64}$/u).optional().describe('Those of this action, such as `database.deleted`'),
  resource_id: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/u).optional().describe('Those about this database, app, token, webhook, user, plan, cluster or run, by its id'),
  from: timestamp.optional().describe('The earliest time, inclusive'),
  to: timestamp.optional().describe('The latest time, exclusive'),
  cursor: z.string().regex(/^[a-zA-Z0-9_-]{1,100}$/u).optional().describe('`next_cursor` of the page before'),
  limit: queryInteger(1, pageLimits.maximum).default(50).describe('How many entries to answer at most'),
};

export const listOwnAuditQuerySchema = z.strictObject(own);
export type ListOwnAuditQuery = z.infer<typeof listOwnAuditQuerySchema>;

const accountId = z.string().regex(/^[0-9a-f]{24}$/u).optional();

export const listAuditQuerySchema = z.strictObject({ ...own, user_id: accountId.describe('Whose resources'), actor_id: accountId.describe('Who acted') });
export type ListAuditQuery = z.infer<typeof listAuditQuerySchema>;

export const auditPageSchema = z
  .object({ items: z.array(auditEntrySchema), next_cursor: z.string().nullable().describe('Null: this is the last page') })
  .meta({ id: 'AuditPage' });
export type AuditPage = z.infer<typeof auditPageSchema>;
