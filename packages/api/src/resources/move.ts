// Moving a database's data (R4.4, R3.5).
import * as z from 'zod';
import { resourceId } from './primitives.js';

export const moveModes = ['offline', 'online'] as const;
/** The longest time in which a move can be taken back: 7 days. */
export const maximumBackOutSeconds = 7 * 24 * 60 * 60;
export const defaultBackOutSeconds = 24 * 60 * 60;

const mode = z.enum(moveModes).default('offline').describe(
  '`offline`: the source can be read, and not be written to, until it is moved. `online`: its clients go on writing while it is copied and compared, and are refused for the moment in which the last changes are made up for; they have to try again',
);
const backOutSeconds = z.number().int().min(0).max(maximumBackOutSeconds).default(defaultBackOutSeconds)
  .describe('How long it can be taken back; so long the source stays as it was at the end of the move');

export const migrateDatabaseSchema = z
  .strictObject({
    target_database_id: resourceId.describe('Another database of yours'),
    mode,
    on_conflict: z.enum(['fail', 'overwrite']).default('fail').describe(
      '`fail`: a target that is not empty is refused. `overwrite`: its collections of the same names are put aside as `freehold_set_aside_...`, and dropped when the move cannot be taken back any more; its others stay',
    ),
    delete_source: z.boolean().default(false).describe('Delete the source softly when the move cannot be taken back any more; otherwise it can be written to again then'),
    back_out_seconds: backOutSeconds,
  })
  .meta({ id: 'MigrateDatabase' });
export type MigrateDatabase = z.infer<typeof migrateDatabaseSchema>;

export const moveToClusterSchema = z.strictObject({ cluster_id: resourceId, mode, back_out_seconds: backOutSeconds }).meta({ id: 'MoveToCluster' });
export type MoveToCluster = z.infer<typeof moveToClusterSchema>;

export const renameStorageSchema = z.strictObject({ mode, back_out_seconds: backOutSeconds }).meta({ id: 'RenameStorage' });
export type RenameStorage = z.infer<typeof renameStorageSchema>;

export const operationStartedSchema = z.object({ operation_id: z.string().describe('Follow it with `GET /api/operations/{id}` or `/events`') }).meta({ id: 'OperationStarted' });
export type OperationStarted = z.infer<typeof operationStartedSchema>;
