// The control database: connected, indexed, and behind its port.
import { MongoClient, type Db } from 'mongodb';
import type { ControlDatabase, ControlStores } from '../../ports/control-database.js';
import type { Tracing } from '../../ports/tracing.js';
import { MongoAccountStore } from './accounts-store.js';
import { MongoAppStore } from './apps-store.js';
import { MongoAuditLog } from './audit-store.js';
import { clientOptions } from './client-options.js';
import { traceCommands } from './command-spans.js';
import { MongoClusterStore } from './clusters-store.js';
import { MongoConfirmTokenStore } from './confirm-tokens-store.js';
import { ensureControlIndexes } from './control-collections.js';
import { ControlTransactions } from './control-transactions.js';
import { MongoDatabaseStore } from './databases-store.js';
import { MongoDeliveryStore, MongoNotificationStore } from './deliveries-store.js';
import { MongoEventOutbox } from './event-outbox-store.js';
import { MongoFailedSignInStore } from './failed-sign-ins-store.js';
import { MongoLegacyLog } from './legacy-log-store.js';
import { changeLegacyRunState, insertLegacyRun } from './legacy-runs-store.js';
import { MongoLegacyUserStore } from './legacy-users-store.js';
import { MongoOperationStore } from './operations-store.js';
import { MongoPlanStore } from './plans-store.js';
import { insertReconcileRun } from './reconcile-runs-store.js';
import { RowsKeeper } from './rows-keeper.js';
import { MongoScheduleStore } from './schedule-store.js';
import { MongoSessionStore } from './sessions-store.js';
import { MongoTokenStore } from './tokens-store.js';
import type { StoreSession } from './store-session.js';
import { MongoUsageHistory } from './usage-history.js';
import { MongoUserDirectory } from './users-directory.js';
import { MongoWebhookStore } from './webhooks-store.js';

export interface ControlConnectionOptions {
  readonly uri: string;
  /** Default `freehold`. */
  readonly databaseName?: string;
  /** Makes the client say which commands it sends, for tests. */
  readonly monitorCommands?: boolean;
  /** Where its commands are traced; absent: nowhere. */
  readonly tracing?: Tracing;
  /** How long a transaction that meets others is tried again, if not as long as ever. */
  readonly patienceMilliseconds?: number;
}

export interface ControlConnection {
  readonly control: ControlDatabase;
  /** For the stores that are not the control stores: accounts, tokens, sessions, idempotency. */
  readonly db: Db;
  readonly client: MongoClient;
  readonly transactions: ControlTransactions;
  /** Rejects where the control database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const controlDatabaseName = 'freehold';

function createStores(at: StoreSession, keeper: RowsKeeper): ControlStores {
  return {
    accounts: new MongoAccountStore(at),
    sessions: new MongoSessionStore(at),
    tokens: new MongoTokenStore(at),
    failedSignIns: new MongoFailedSignInStore(at),
    notifications: new MongoNotificationStore(at),
    deliveries: new MongoDeliveryStore(at),
    databases: new MongoDatabaseStore(at, keeper),
    apps: new MongoAppStore(at),
    operations: new MongoOperationStore(at),
    confirmTokens: new MongoConfirmTokenStore(at),
    schedule: new MongoScheduleStore(at),
    audit: new MongoAuditLog(at),
    outbox: new MongoEventOutbox(at),
    webhooks: new MongoWebhookStore(at),
    clusters: new MongoClusterStore(at),
    legacyUsers: new MongoLegacyUserStore(at),
    legacyLog: new MongoLegacyLog(at),
    legacyRuns: { insert: (run) => insertLegacyRun(at, run), changeState: (...change) => changeLegacyRunState(at, ...change) },
    reconcileRuns: { insert: (run) => insertReconcileRun(at, run) },
    plans: new MongoPlanStore(at),
    users: new MongoUserDirectory(at),
  };
}

/** Connects, makes the indexes, and gives the stores. Rejects with the driver's error where it cannot. */
export async function connectControlDatabase(options: ControlConnectionOptions): Promise<ControlConnection> {
  const client = new MongoClient(options.uri, {
    ...clientOptions(options.uri, 'freehold control database'), writeConcern: { w: 'majority' }, monitorCommands: options.tracing !== undefined || (options.monitorCommands ?? false),
  });
  if (options.tracing !== undefined) traceCommands(client, options.tracing);
  const db = client.db(options.databaseName ?? controlDatabaseName);
  const transactions = new ControlTransactions(client, options.patienceMilliseconds);
  const transact: StoreSession['transact'] = (work) => transactions.run(work);
  try {
    await client.connect();
    await ensureControlIndexes(db);
  } catch (error) {
    await client.close();
    throw error;
  }
  const ping = async (): Promise<void> => {
    await db.command({ ping: 1 });
  };
  const keeper = new RowsKeeper({ db, transact });
  const control: ControlDatabase = {
    ...createStores({ db, transact }, keeper),
    usageHistory: new MongoUsageHistory(db),
    transaction: (work) => transact((session) => work(createStores({ db, session, transact: (inner) => inner(session) }, keeper))),
  };
  const close = async (): Promise<void> => {
    await keeper.close();
    await client.close();
  };
  return { control, db, client, transactions, ping, close };
}
