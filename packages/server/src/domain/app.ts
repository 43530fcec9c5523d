// An app of a user: what it runs, and the database it is given (R1.4, R9).
import { z } from 'zod';

export const appStatuses = ['created', 'deploying', 'running', 'stopped', 'failed'] as const;

// Not strict: during an upgrade, replicas of two versions read what the newer one writes.
export const appRecordSchema = z.object({
  _id: z.string(),
  user_id: z.string(),
  name: z.string(),
  /** Null: the user's default database (R1.4). */
  database_id: z.string().nullable(),
  deployer: z.string(),
  /** What the deployer needs; its schema is the deployer's. Values that are secrets are envelopes of the keyring. */
  spec: z.record(z.string(), z.unknown()).nullable(),
  status: z.enum(appStatuses),
  /** Why it is in this status, for people; without secrets. */
  status_message: z.string().nullable(),
  created_at: z.date(),
  updated_at: z.date(),
  last_deployed_at: z.date().nullable(),
  /** The MongoDB user it was last started with; null or absent: not known, or it is being started. */
  deployed_username: z.string().nullable().optional(),
});

export type AppStatus = (typeof appStatuses)[number];
export type AppRecord = Readonly<z.infer<typeof appRecordSchema>>;
