// The sections of `serverStatus`, from what the engine really counts. Sections that belong to parts the engine does not have
// (WiredTiger, sharding) are left out. Source: the manual's page "serverStatus".
import { hostname } from 'node:os';
import { Long, type Document } from 'bson';
import { serverVersion } from './server-state.js';
import type { CommandServices } from './services.js';

/** The whole answer of `serverStatus`, without these sections. */
export function serverStatusDocument(services: CommandServices, leftOut: ReadonlySet<string>): Document {
  const chosen = Object.entries(sections).filter(([name]) => !leftOut.has(name));
  return { ...processFields(services), ...Object.fromEntries(chosen.map(([name, section]) => [name, section(services)])) };
}

/** Sections by name; each reads its counters when it is asked for. */
const sections: Readonly<Record<string, (services: CommandServices) => Document>> = {
  asserts: ({ metrics }) => ({ regular: 0, warning: 0, msg: metrics.asserts.internal, user: metrics.asserts.user, tripwire: 0, rollovers: 0 }),
  connections: ({ metrics, server, operations }) => {
    const { current, totalCreated, rejected, awaitingHello } = metrics.connections;
    const active = count(operations.all());
    return {
      current, available: server.connectionsMax - current, totalCreated, rejected: long(rejected), active,
      threaded: 0, exhaustIsMaster: 0, exhaustHello: awaitingHello, awaitingTopologyChanges: awaitingHello,
    };
  },
  extra_info: () => {
    const usage = process.resourceUsage();
    return { note: 'fields vary by platform', user_time_us: long(usage.userCPUTime), system_time_us: long(usage.systemCPUTime), page_faults: long(usage.majorPageFault) };
  },
  globalLock: ({ operations, server, clock, metrics }) => {
    const running = count(operations.all());
    return {
      totalTime: long((clock.now_ms() - server.started_ms) * 1000),
      currentQueue: { total: 0, readers: 0, writers: 0 },
      activeClients: { total: metrics.connections.current, readers: running, writers: 0 },
    };
  },
  logicalSessionRecordCache: ({ transactions }) => ({ activeSessionsCount: transactions.statistics().sessions }),
  metrics: metricsSection,
  mem: () => {
    const { rss } = process.memoryUsage();
    return { bits: 64, resident: mebibytes(rss), virtual: mebibytes(rss), supported: true };
  },
  network: ({ metrics }) => {
    const { bytesIn, bytesOut, requests } = metrics.network;
    const { compressedIn, uncompressedIn, compressedOut, uncompressedOut } = metrics.compression;
    return {
      bytesIn: long(bytesIn), bytesOut: long(bytesOut), physicalBytesIn: long(bytesIn), physicalBytesOut: long(bytesOut), numRequests: long(requests),
      compression: {
        all: {
          compressor: { bytesIn: long(uncompressedOut), bytesOut: long(compressedOut) },
          decompressor: { bytesIn: long(compressedIn), bytesOut: long(uncompressedIn) },
        },
      },
    };
  },
  opLatencies: ({ metrics }) => {
    const shown = Object.entries(metrics.latencies).map(([name, { latency_us, operations }]) => [name, { latency: long(latency_us), ops: long(operations) }]);
    return Object.fromEntries(shown) as Document;
  },
  opcounters: ({ metrics }) => longs(metrics.opcounters),
  repl: ({ server }) => {
    const me = server.advertisedHost ?? `${server.host}:${server.port}`;
    return { setName: server.replicaSetName, setVersion: 1, isWritablePrimary: true, secondary: false, hosts: [me], primary: me, me };
  },
  opcountersRepl: () => longs({ insert: 0, query: 0, update: 0, delete: 0, getmore: 0, command: 0 }),
  oplogTruncation: ({ oplog }) => ({ maxSizeBytes: long(oplog.limits.bytes), minRetentionHours: oplog.limits.minRetentionHours }),
  locks: () => ({}),
  flowControl: () => ({ enabled: false, isLagged: false, isLaggedCount: 0, isLaggedTimeMicros: long(0) }),
  security: ({ metrics }) => {
    const { succeeded, failed, speculativeSucceeded } = metrics.authentication;
    const received = long(succeeded + failed);
    return { authentication: { saslSupportedMechsReceived: received, authenticateReceived: received, successful: long(succeeded), failed: long(failed), speculativeSuccessful: long(speculativeSucceeded) } };
  },
  storageEngine: () => ({ name: 'lmdb', supportsCommittedReads: true, oldestRequiredTimestampForCrashRecovery: 0, supportsPendingDrops: false, dropPendingIdents: 0, supportsSnapshotReadConcern: true, readOnly: false, persistent: true, backupCursorOpen: false }),
  transactions: ({ transactions }) => {
    const { started, committed, aborted, active, inactive } = transactions.statistics();
    return {
      totalStarted: long(started), totalCommitted: long(committed), totalAborted: long(aborted),
      currentOpen: long(active + inactive), currentActive: long(active), currentInactive: long(inactive),
    };
  },
};

function processFields({ server, clock }: CommandServices): Document {
  const uptime_ms = clock.now_ms() - server.started_ms;
  return {
    host: `${hostname()}:${server.port}`,
    version: serverVersion,
    process: 'mongod',
    service: [],
    pid: Long.fromNumber(process.pid),
    uptime: Math.floor(uptime_ms / 1000),
    uptimeMillis: long(uptime_ms),
    uptimeEstimate: long(uptime_ms / 1000),
    localTime: new Date(clock.now_ms()),
  };
}

function metricsSection({ metrics, cursors, workingMemory }: CommandServices): Document {
  const { inserted, updated, deleted, returned } = metrics.documents;
  const { scanned, scannedObjects, collectionScans } = metrics.queryExecutor;
  const { open, pinned, noTimeout, timedOut, totalOpened } = cursors.statistics();
  const commands = [...metrics.commands()].map(([name, counts]) => [name, longs({ ...counts })] as const);
  return {
    commands: Object.fromEntries(commands),
    cursor: { timedOut: long(timedOut), totalOpened: long(totalOpened), open: longs({ noTimeout, pinned, total: open }) },
    document: longs({ deleted, inserted, returned, updated }),
    operation: longs({ scanAndOrder: metrics.sorts.scanAndOrder, writeConflicts: 0 }),
    query: { temporaryFiles: longs({ ...workingMemory.disk?.totals }), memoryHeldBytes: long(workingMemory.pool.heldBytes) },
    queryExecutor: { scanned: long(scanned), scannedObjects: long(scannedObjects), collectionScans: longs({ nonTailable: collectionScans, total: collectionScans }) },
    ttl: longs({ deletedDocuments: metrics.ttl.deletedDocuments, passes: metrics.ttl.passes }),
  };
}

function long(value: number): Long {
  return Long.fromNumber(Math.trunc(value));
}

function longs(values: Readonly<Record<string, number>>): Document {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, long(value)]));
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

function count(items: Iterable<unknown>): number {
  return [...items].length;
}
