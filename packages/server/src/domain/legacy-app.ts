// An app of an earlier platform, read without trusting its form: it has no deployer of ours, and what it lacks gets the value that
// changes nothing. The earlier platform goes on running it with the credential it has, which stays.
import { z } from 'zod';
import type { AppRecord } from './app.js';
import { legacyDatabaseName } from './legacy-user.js';

const date = z.date().optional().catch(undefined);

const documentSchema = z.object({
  _id: z.unknown().transform(String),
  user_id: z.unknown().transform(String),
  name: z.string().min(1).optional().catch(undefined),
  database_id: z.string().nullable().catch(null),
  created_at: date,
  updated_at: date,
});

// Made once: making a schema costs more than asking it.
const ownAppSchema = z.object({ deployer: z.string() });

/** Whether a document of `apps` was written by an earlier platform. */
export function isLegacyApp(document: unknown): boolean {
  return !ownAppSchema.safeParse(document).success;
}

/** The record of such an app. */
export function legacyAppRecord(document: unknown): AppRecord {
  const { _id, user_id, name, database_id, created_at: createdAt, updated_at: updatedAt } = documentSchema.parse(document);
  const created_at = createdAt ?? updatedAt ?? new Date(0);
  return {
    _id, user_id, name: name ?? _id, database_id: database_id === legacyDatabaseName ? null : database_id, deployer: 'process', spec: null, status: 'created',
    status_message: 'was made by the earlier platform', created_at, updated_at: updatedAt ?? created_at, last_deployed_at: null,
  };
}
