// Who we are among the control planes that may share a cluster: an id made once, kept in the control database. MongoDB users carry
// it, so that no installation takes another's users for orphans of its own.
import type { Db } from 'mongodb';
import { z } from 'zod';
import { controlCollections } from './control-collections.js';

const documentSchema = z.object({ installation_id: z.string() });

/** The id of this control database's installation; of two replicas that start at once both get the same. */
export async function ensureInstallationId(db: Db, newId: () => string): Promise<string> {
  const document = await db.collection<{ _id: string; installation_id: string }>(controlCollections.installation).findOneAndUpdate(
    { _id: 'installation' },
    { $setOnInsert: { installation_id: newId() } },
    { upsert: true, returnDocument: 'after' },
  );
  return documentSchema.parse(document).installation_id;
}
