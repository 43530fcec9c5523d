// What a cluster is and holds: `hello`, `buildInfo`, users, `listDatabases` and `serverStatus` of MongoDB's manual.
import type { Db } from 'mongodb';
import { z } from 'zod';
import type { ClusterDescription, ClusterUse } from '../../ports/cluster.js';
import { hasCode, mongoCodes } from './failures.js';
import { countAllUsers } from './user-pages.js';

const helloSchema = z.object({ setName: z.string().optional(), msg: z.string().optional() });
const buildInfoSchema = z.object({ version: z.string() });
const listDatabasesSchema = z.object({ totalSize: z.coerce.number() });
const serverStatusSchema = z.object({ connections: z.object({ current: z.number() }) });

export async function describeCluster(admin: Db): Promise<ClusterDescription> {
  const { setName, msg } = helloSchema.parse(await admin.command({ hello: 1 }));
  const { version } = buildInfoSchema.parse(await admin.command({ buildInfo: 1 }));
  const startedAt = performance.now();
  await admin.command({ ping: 1 });
  const latencyMilliseconds = Math.round((performance.now() - startedAt) * 100) / 100;
  const single = setName === undefined ? 'standalone' : 'replica_set';
  return { kind: msg === 'isdbgrid' ? 'sharded' : single, version, latencyMilliseconds };
}

/** Null where this administrator may not ask, or a managed cluster does not let anybody. */
async function unlessRefused(asking: Promise<number>): Promise<number | null> {
  try {
    return await asking;
  } catch (error) {
    if (hasCode(error, mongoCodes.unauthorized) || hasCode(error, mongoCodes.atlasError) || hasCode(error, mongoCodes.commandNotFound)) return null;
    throw error;
  }
}

export async function measureCluster(admin: Db): Promise<ClusterUse> {
  const [users, bytes, connections] = await Promise.all([
    countAllUsers(admin),
    unlessRefused(admin.command({ listDatabases: 1 }).then((answer) => listDatabasesSchema.parse(answer).totalSize)),
    unlessRefused(admin.command({ serverStatus: 1, repl: 0, metrics: 0, locks: 0 }).then((answer) => serverStatusSchema.parse(answer).connections.current)),
  ]);
  return { users, bytes, connections };
}
