// Clusters: the MongoDB deployments that hold databases, as operators register and see them (R1.7).
import * as z from 'zod';
import { pageOf, pageQueryFields } from './page.js';
import { timestamp } from './primitives.js';

export const clusterStates = ['active', 'draining', 'unreachable'] as const;
export type ClusterState = (typeof clusterStates)[number];

/** MongoDB's manual names no limit of users; about a thousand is what operators report as practical (R1.7). */
export const defaultMaximumUsers = 1000;

const clusterId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/u, 'must be 1 to 32 lower-case letters, digits and "-"');
const name = z.string().trim().min(1).max(50).regex(/^[\p{L}\p{N} ._-]+$/u, 'may hold letters, digits, spaces, ".", "_" and "-" only');
const uri = z.string().trim().min(1).max(4096).regex(/^mongodb(\+srv)?:\/\//u, 'must start with mongodb:// or mongodb+srv://');
const host = /^(?:\[[0-9a-fA-F:]+\]|[a-zA-Z0-9_.-]+)(?::\d{1,5})?$/u;
const publicHost = z.string().trim().min(1).max(1000)
  .refine((list) => list.split(',').every((entry) => host.test(entry.trim())), 'must be host:port, or several of them, comma-separated')
  .describe('`host:port` (or a comma-separated list) that connection URIs name, where clients reach the cluster under another name');
const maximumUsers = z.number().int().min(0).max(1_000_000).describe('MongoDB users it is to have at most, one for each database');
const maximumBytes = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).describe('Stored bytes from which on it takes no more databases');
const maximumConnections = z.number().int().min(1).max(1_000_000).describe('Open connections from which on it takes no more databases');

export const registerClusterSchema = z
  .strictObject({
    id: clusterId.optional().describe('Absent: one is made from the name'),
    name,
    uri: uri.describe('As a user with `root`, or `userAdminAnyDatabase`, `readWriteAnyDatabase`, `dbAdminAnyDatabase` and `clusterMonitor`. Stored encrypted, never answered'),
    public_host: publicHost.optional(),
    max_users: maximumUsers.default(defaultMaximumUsers),
    max_bytes: maximumBytes.optional(),
    max_connections: maximumConnections.optional(),
  })
  .meta({ id: 'RegisterCluster' });
export type RegisterCluster = z.infer<typeof registerClusterSchema>;

export const updateClusterSchema = z
  .strictObject({
    name: name.optional(),
    state: z.enum(['active', 'draining']).optional().describe('A draining cluster takes no new databases; those it has go on'),
    uri: uri.optional().describe('Another way to the same deployment, or as another user'),
    public_host: publicHost.nullable().optional(),
    max_users: maximumUsers.optional(),
    max_bytes: maximumBytes.nullable().optional(),
    max_connections: maximumConnections.nullable().optional(),
  })
  .refine((fields) => Object.keys(fields).length > 0, 'must name at least one field')
  .meta({ id: 'UpdateCluster' });
export type UpdateCluster = z.infer<typeof updateClusterSchema>;

const capacity = z.object({
  used: z.number().nullable().describe('As last measured; null: not measured yet, or its administrator may not see it'),
  max: z.number().nullable().describe('Null: no limit'),
});

export const clusterSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    state: z.enum(clusterStates).describe('`draining` goes before `unreachable`: see `last_probe`'),
    hosts: z.array(z.string()),
    public_host: z.string().nullable(),
    holds_control_database: z.boolean(),
    kind: z.enum(['replica_set', 'sharded', 'standalone']).nullable(),
    version: z.string().nullable(),
    database_count: z.number().int().describe('Those whose deletion can still be undone, and those about to be made, included'),
    capacity: z.object({
      users: z.object({ used: z.number().int().describe('Databases, reservations, and users that are none of ours'), max: z.number().int() }),
      bytes: capacity,
      connections: capacity,
    }),
    measured_at: timestamp.nullable(),
    last_probe: z.object({
      at: timestamp,
      succeeded: z.boolean(),
      latency_ms: z.number().nullable().describe('Of one round trip'),
      error_code: z.string().nullable(),
    }).nullable(),
    created_at: timestamp.nullable().describe('Null: it was there from the start'),
  })
  .meta({ id: 'Cluster' });
export type Cluster = z.infer<typeof clusterSchema>;

export const listClustersQuerySchema = z.strictObject({ ...pageQueryFields, state: z.enum(clusterStates).optional().describe('Those in this state') });
export type ListClustersQuery = z.infer<typeof listClustersQuerySchema>;

export const clusterPageSchema = pageOf(clusterSchema).meta({ id: 'ClusterPage' });
