// Where a change came from: goes with operations and into audit events, in the form it is stored in.
import { z } from 'zod';

export const auditOriginSchema = z.strictObject({
  /** The account that acted; null: the platform by itself. */
  actor_user_id: z.string().nullable(),
  credential: z.strictObject({ kind: z.string(), id: z.string() }),
  request_id: z.string(),
  remote_address: z.string(),
  user_agent: z.string().optional(),
});

export type AuditOrigin = Readonly<z.infer<typeof auditOriginSchema>>;

/** The origin of what the platform does by itself, such as a scheduled purge. */
export function platformOrigin(reason: string): AuditOrigin {
  return { actor_user_id: null, credential: { kind: 'system', id: reason }, request_id: '', remote_address: '' };
}
