// A tenant's database as the control plane knows it: one element of `users.databases[]` (R1.1), with the fields and names
// it is stored under.
import { z } from 'zod';
import type { UserLimits } from './limits.js';

export const databaseStatuses = ['provisioning', 'active', 'migrating', 'deleting', 'failed'] as const;
/** How far a database has filled what it may hold (R5.3), from empty to full; without a quota it stays at the first. */
export const quotaLevels = ['normal', 'above_80_percent', 'above_95_percent', 'exceeded'] as const;
export const databaseEnvironments = ['development', 'staging', 'production'] as const;

// Not strict: during an upgrade, replicas of two versions read what the newer one writes.
export const databaseEntrySchema = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(databaseStatuses),
  environment: z.enum(databaseEnvironments),
  description: z.string().nullable(),
  is_default: z.boolean(),
  cluster_id: z.string(),
  mongo_database: z.string(),
  mongo_username: z.string(),
  /** Envelope of the keyring (R2.4), never the password itself. */
  mongo_password_encrypted: z.string(),
  quota_mb: z.number().nullable(),
  current_size_mb: z.number(),
  /** How full it was found; absent: never above the first level. */
  quota_level: z.enum(quotaLevels).optional(),
  /** Its credentials have no rights, because its owner's account is disabled with its databases; absent: they have theirs. */
  is_suspended: z.boolean().optional(),
  /** Its credentials can read, because its data was moved elsewhere and may be moved back; absent: they have their other roles. */
  is_frozen: z.boolean().optional(),
  /** Connections that its apps are to open together; absent or null: as its owner's limits say. */
  connection_budget: z.number().nullable().optional(),
  /** When it was last told that more connections were open than that; null or absent: never. */
  connections_warned_at: z.date().nullable().optional(),
  app_count: z.number(),
  created_at: z.date(),
  last_rotated_at: z.date().nullable(),
  deleted_at: z.date().nullable(),
});

export type DatabaseEntry = Readonly<z.infer<typeof databaseEntrySchema>>;
export type DatabaseStatus = DatabaseEntry['status'];
export type QuotaLevel = (typeof quotaLevels)[number];
export type DatabaseEnvironment = DatabaseEntry['environment'];

/** What a user's document says of all their databases, without the databases' details. */
export interface DatabaseOwner {
  readonly userId: string;
  readonly defaultDatabaseId: string | null;
  /** In force: the user's own, else the plan's. */
  readonly totalQuotaMb: number | null;
  readonly limits: UserLimits;
  /** The account is disabled, and its databases are to be of no use; absent: they go on. */
  readonly areDatabasesSuspended?: boolean;
  readonly databases: readonly DatabaseEntry[];
}
