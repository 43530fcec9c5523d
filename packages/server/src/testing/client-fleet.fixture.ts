// A deployer whose apps are clients of the official driver that connect anew all the time, in this process. A deployment starts the
// clients with the new URI, waits until each has written and read, and lets the old ones end: what a rolling update does.
import { MongoClient } from 'mongodb';
import type { Secret } from '../domain/secret.js';
import type { Deployer, DeploymentRequest, DeploymentState } from '../ports/deployer.js';

/** The clients of one deployment of one app. */
class Fleet {
  readonly #uri: Secret;
  readonly #note: (error: unknown) => void;
  readonly #loops: Promise<void>[];
  #isStopping = false;
  rounds = 0;

  constructor(uri: Secret, clients: number, note: (error: unknown) => void) {
    this.#uri = uri;
    this.#note = note;
    this.#loops = Array.from({ length: clients }, (_, index) => this.#run(index));
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#loops);
  }

  async #run(index: number): Promise<void> {
    while (!this.#isStopping) {
      await this.#round(index).then(() => void (this.rounds += 1), this.#note);
    }
  }

  /** One life of a client: it logs in, writes, reads, and leaves. */
  async #round(index: number): Promise<void> {
    const client = new MongoClient(this.#uri.reveal(), { serverSelectionTimeoutMS: 10_000, maxPoolSize: 1 });
    try {
      await client.db().collection('rounds').updateOne({ client: index }, { $inc: { rounds: 1 } }, { upsert: true });
      await client.db().collection('rounds').findOne({ client: index });
    } finally {
      await client.close();
    }
  }
}

export interface ClientFleets extends Deployer {
  /** What clients were refused, in all deployments. */
  readonly failures: readonly unknown[];
  /** Which URI each app has now. */
  readonly uris: ReadonlyMap<string, string>;
  /** Apps that do not come up with any URI but this one. */
  readonly insistOn: Map<string, string>;
  /** Called when a deployment begins. */
  onDeploy: (request: DeploymentRequest) => Promise<void>;
  /** Resolves when the clients of every app have come round so often again. */
  roundsMore(count: number): Promise<void>;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => { setTimeout(resolve, 5); });
}

/** Builds the deployer; each app has so many clients. */
export function clientFleets(clientsPerApp: number): ClientFleets {
  const failures: unknown[] = [];
  const uris = new Map<string, string>();
  const insistOn = new Map<string, string>();
  const fleets = new Map<string, Fleet>();
  const states = new Map<string, DeploymentState>();

  const replace = async ({ app: { _id: appId }, connectionUri }: DeploymentRequest): Promise<DeploymentState> => {
    const before = fleets.get(appId);
    const wanted = insistOn.get(appId);
    if (wanted !== undefined && wanted !== connectionUri.reveal()) {
      fleets.delete(appId);
      await before?.stop();
      return { status: 'failed', reason: 'it likes its old URI better' };
    }
    const fleet = new Fleet(connectionUri, clientsPerApp, (error) => void failures.push(error));
    uris.set(appId, connectionUri.reveal());
    fleets.set(appId, fleet);
    await until(() => fleet.rounds >= clientsPerApp || failures.length > 0);
    await before?.stop();
    return { status: 'running' };
  };

  const deployer: ClientFleets = {
    kind: 'process', failures, uris, insistOn, onDeploy: () => Promise.resolve(),
    deploy: async (request) => {
      await deployer.onDeploy(request);
      const state = await replace(request);
      states.set(request.app._id, state);
      return state;
    },
    stop: async (appId) => {
      await fleets.get(appId)?.stop();
      fleets.delete(appId);
      states.delete(appId);
    },
    state: (appId) => Promise.resolve(states.get(appId) ?? { status: 'stopped' }),
    logs: () => Promise.resolve([]),
    close: async () => {
      await Promise.all([...fleets.keys()].map((appId) => deployer.stop(appId)));
    },
    roundsMore: async (count) => {
      const goals = [...fleets.values()].map((fleet) => ({ fleet, goal: fleet.rounds + count }));
      await until(() => failures.length > 0 || goals.every(({ fleet, goal }) => fleet.rounds >= goal));
    },
  };
  return deployer;
}
