// Whether a cluster answers, known without asking: so that an outage costs one request the driver's patience, and the others nothing.
//
// The driver watches every server by itself and says when the set changes; that is the sensor. A cluster without a server to write to
// is `interrupted`: an election takes some seconds, and calls wait for it. When that lasts, or a call has waited in vain, it is `away`:
// calls are refused at once, and each refusal sets off a look, one at a time, which ends as soon as a server is there again.
import { MongoServerSelectionError, MongoTopologyClosedError, type MongoClient, type TopologyDescriptionChangedEvent } from 'mongodb';
import type { ClusterContact } from '../../ports/cluster.js';
import { Outage } from '../../ports/failures.js';

/** How long calls wait for a cluster that has just stopped to answer, in milliseconds. */
const patience_ms = 3_000;
const writableTypes: ReadonlySet<string> = new Set(['RSPrimary', 'Mongos', 'Standalone', 'LoadBalancer']);

type WatchedClient = Pick<MongoClient, 'on' | 'connect' | 'db'>;

export class ClusterHealth {
  readonly #client: WatchedClient;
  readonly #now: () => number;
  #isWritable = false;
  /** When the last server to write to went away, or was first looked for. */
  #interruptedAt: number | undefined;
  /** A call has waited in vain since. */
  #isGivenUp = false;
  #isLooking = false;

  /** `now` in milliseconds, of a clock that only goes forward. */
  constructor(client: WatchedClient, now: () => number = () => performance.now()) {
    this.#client = client;
    this.#now = now;
    client.on('topologyDescriptionChanged', ({ newDescription }: TopologyDescriptionChangedEvent) => {
      const isWritable = [...newDescription.servers.values()].some(({ type }) => writableTypes.has(type));
      if (isWritable) this.#found();
      else this.#lost();
    });
  }

  get contact(): ClusterContact {
    if (this.#isWritable) return 'present';
    if (this.#interruptedAt === undefined) return 'untried';
    return this.#isGivenUp || this.#now() - this.#interruptedAt >= patience_ms ? 'away' : 'interrupted';
  }

  /** Throws Outage while the cluster is away. */
  admit(): void {
    if (this.contact !== 'away') return;
    this.#look();
    throw new Outage('CLUSTER_AWAY', 'the cluster has not answered for a while');
  }

  /** Learns from a call that failed. */
  noteFailure(error: unknown): void {
    if (!(error instanceof MongoServerSelectionError || error instanceof MongoTopologyClosedError) || this.#isWritable) return;
    this.#lost();
    this.#isGivenUp = true;
  }

  #found(): void {
    this.#isWritable = true;
    this.#isGivenUp = false;
    this.#interruptedAt = undefined;
  }

  #lost(): void {
    this.#isWritable = false;
    this.#interruptedAt ??= this.#now();
  }

  /** A client that never connected has stopped watching: `connect` makes it watch again; one that watches returns at once. */
  #look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#client.connect()
      .then(() => this.#client.db('admin').command({ ping: 1 }))
      .then(() => this.#found(), () => undefined)
      .finally(() => { this.#isLooking = false; });
  }
}
