// What the engine counts, in one place: shown by `serverStatus` and `top`. Commands add to the counters as they work.
import { LatencyHistogram } from './latency-histogram.js';

/** Kinds of operations of `serverStatus().opcounters`. */
export type OperationKind = 'insert' | 'query' | 'update' | 'delete' | 'getmore' | 'command';

/** Runs of one command. */
export interface CommandCounts {
  total: number;
  failed: number;
}

/** Latencies of one class of operations, as `serverStatus().opLatencies` shows them. */
export interface LatencyCounts {
  latency_us: number;
  operations: number;
}

/** Time spent in one namespace by one kind of operation, for `top`. */
export interface NamespaceUsage {
  time_us: number;
  count: number;
}

export type UsageKind = 'queries' | 'getmore' | 'insert' | 'update' | 'remove' | 'commands';

export type LatencyClass = 'reads' | 'writes' | 'commands' | 'transactions';

/** What was done in one namespace since the start. */
export interface NamespaceMetrics {
  readonly usage: Readonly<Record<UsageKind, NamespaceUsage>>;
  readonly latencies: Readonly<Record<LatencyClass, LatencyHistogram>>;
}

/** More namespaces than this are not told apart by `top`: the oldest one makes room. */
const namespacesMax = 10_000;

export class EngineMetrics {
  readonly opcounters: Record<OperationKind, number> = { insert: 0, query: 0, update: 0, delete: 0, getmore: 0, command: 0 };
  /** Documents changed and returned by all commands; the commands that do it add to them. */
  readonly documents = { inserted: 0, updated: 0, deleted: 0, returned: 0 };
  /** Index keys and documents examined by all plans. */
  readonly queryExecutor = { scanned: 0, scannedObjects: 0, collectionScans: 0 };
  readonly sorts = { inMemory: 0, scanAndOrder: 0 };
  readonly network = { bytesIn: 0, bytesOut: 0, requests: 0 };
  readonly compression = { compressedIn: 0, uncompressedIn: 0, compressedOut: 0, uncompressedOut: 0 };
  readonly connections = { current: 0, totalCreated: 0, rejected: 0, active: 0, exhaustHello: 0, awaitingHello: 0 };
  readonly authentication = { succeeded: 0, failed: 0, speculativeSucceeded: 0 };
  readonly ttl = { deletedDocuments: 0, passes: 0 };
  readonly asserts = { internal: 0, user: 0 };
  readonly latencies: Record<LatencyClass, LatencyCounts> = {
    reads: { latency_us: 0, operations: 0 },
    writes: { latency_us: 0, operations: 0 },
    commands: { latency_us: 0, operations: 0 },
    transactions: { latency_us: 0, operations: 0 },
  };
  private readonly commandCounts = new Map<string, CommandCounts>();
  private readonly namespaces = new Map<string, NamespaceMetrics>();

  command(name: string): CommandCounts {
    let counts = this.commandCounts.get(name);
    if (counts === undefined) {
      counts = { total: 0, failed: 0 };
      this.commandCounts.set(name, counts);
    }
    return counts;
  }

  commands(): ReadonlyMap<string, Readonly<CommandCounts>> {
    return this.commandCounts;
  }

  namespace(namespace: string): NamespaceMetrics {
    const known = this.namespaces.get(namespace);
    if (known !== undefined) return known;
    if (this.namespaces.size >= namespacesMax) {
      const oldest = this.namespaces.keys().next();
      if (oldest.done !== true) this.namespaces.delete(oldest.value);
    }
    const made = newNamespace();
    this.namespaces.set(namespace, made);
    return made;
  }

  /** What is known of a namespace, or zeros; remembers nothing. */
  latenciesOf(namespace: string): NamespaceMetrics['latencies'] {
    return (this.namespaces.get(namespace) ?? newNamespace()).latencies;
  }

  allNamespaces(): ReadonlyMap<string, NamespaceMetrics> {
    return this.namespaces;
  }
}

function newNamespace(): NamespaceMetrics {
  const fresh = (): NamespaceUsage => ({ time_us: 0, count: 0 });
  return {
    usage: { queries: fresh(), getmore: fresh(), insert: fresh(), update: fresh(), remove: fresh(), commands: fresh() },
    latencies: { reads: new LatencyHistogram(), writes: new LatencyHistogram(), commands: new LatencyHistogram(), transactions: new LatencyHistogram() },
  };
}
