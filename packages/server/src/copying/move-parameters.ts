// What is kept with the operation of a move, and what it results in.
import { z } from 'zod';
import { auditOriginSchema } from '../domain/audit-origin.js';
import { movePlaceSchema, moveModes, moveTargetSchema, type MovePlace } from '../domain/move.js';
import { tenantUserAt, type TenantUser } from '../credentials/tenant-user.js';

const foundSchema = z.strictObject({
  from: movePlaceSchema,
  to: movePlaceSchema,
  /** Of the source: another place of the same database is opened with the same one. */
  password_encrypted: z.string(),
  was_default: z.boolean(),
  app_ids: z.array(z.string()),
  /** What the other database held, where it is one. */
  target_size_mb: z.number().nullable(),
});

export const moveParamsSchema = z.strictObject({
  origin: auditOriginSchema,
  target: moveTargetSchema,
  mode: z.enum(moveModes),
  on_conflict: z.enum(['fail', 'overwrite']),
  delete_source: z.boolean(),
  back_out_seconds: z.number().int().min(0),
  /** Found out by the reservation. */
  found: foundSchema.nullable(),
});
export type MoveParams = Readonly<z.infer<typeof moveParamsSchema>>;
export type MoveFound = Readonly<z.infer<typeof foundSchema>>;

/** What a move results in. */
export const moveResultSchema = z.object({
  target_database_id: z.string(), collections: z.number(), documents: z.number(), bytes: z.number(), reversible_until: z.iso.datetime(),
});
export type MoveResult = z.infer<typeof moveResultSchema>;

export function foundBy({ params }: { readonly params: MoveParams }): MoveFound {
  if (params.found === null) throw new Error('the reservation of a move writes down what it found');
  return params.found;
}

/** Whether the database itself goes elsewhere, instead of its data into another one. */
export function isRelocation({ from, to }: Pick<MoveFound, 'from' | 'to'>): boolean {
  return from.database_id === to.database_id;
}

/** The MongoDB user of a place. */
export function userAt(userId: string, place: MovePlace): TenantUser {
  return tenantUserAt(place, { userId, databaseId: place.database_id });
}
