// What refers to a cluster: databases in users' documents, open operations, and room that is reserved for databases about to be made.
import { z } from 'zod';
import type { ClusterReferences } from '../../ports/clusters.js';
import { controlCollections } from './control-collections.js';
import { inSession, type StoreSession } from './store-session.js';

const countsSchema = z.object({ _id: z.string(), count: z.number() });

/**
 * `reservedCount`: what the cluster's own count says, databases included; what is above those is reserved. An open operation keeps the
 * cluster's id in its parameters, as part of the entry it makes or of what it found.
 */
export async function countReferences(at: StoreSession, clusterId: string, reservedCount: number): Promise<ClusterReferences> {
  // One after the other: a transaction runs one command at a time.
  const answers = await at.db.collection(controlCollections.users).aggregate([
    { $match: { 'databases.cluster_id': clusterId } },
    { $unwind: '$databases' },
    { $match: { 'databases.cluster_id': clusterId } },
    { $group: { _id: '$databases.status', count: { $sum: 1 } } },
  ], inSession(at)).toArray();
  const openOperations = await at.db.collection(controlCollections.operations).countDocuments(
    { state: { $in: ['running', 'undoing'] }, $or: [{ 'params.entry.cluster_id': clusterId }, { 'params.found.cluster_id': clusterId }] }, inSession(at),
  );
  const counts = answers.map((answer) => countsSchema.parse(answer));
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const softlyDeleted = counts.find(({ _id: status }) => status === 'deleting')?.count ?? 0;
  return { databases: total - softlyDeleted, softlyDeleted, openOperations, reservations: Math.max(0, reservedCount - total) };
}
