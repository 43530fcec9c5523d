// What a test's operations work on: clients, databases, collections, sessions, buckets and cursors, by name.
// Source: the drivers' specification "Unified Test Format", Entity.
import { GridFSBucket, MongoClient, ReadConcern, ReadPreference, WriteConcern, type ClientSession, type Db, type Document, type ReadConcernLike } from 'mongodb';

export interface CapturedEvent {
  readonly kind: 'commandStartedEvent' | 'commandSucceededEvent' | 'commandFailedEvent';
  readonly event: Document;
}

/** Commands whose contents drivers keep to themselves. */
const sensitiveCommands: ReadonlySet<string> = new Set([
  'authenticate', 'saslStart', 'saslContinue', 'getnonce', 'createUser', 'updateUser', 'copydbgetnonce', 'copydbsaslstart', 'copydb',
]);

/** Options of the format's documents as the driver takes them. */
export function driverOptions(options: Document = {}): Document {
  const { readConcern, writeConcern, readPreference, ...rest } = options;
  return {
    ...rest,
    ...(readConcern === undefined ? {} : { readConcern: ReadConcern.fromOptions({ readConcern: readConcern as ReadConcernLike }) }),
    ...(writeConcern === undefined ? {} : { writeConcern: WriteConcern.fromOptions({ writeConcern: writeConcern as Document }) }),
    ...(readPreference === undefined ? {} : { readPreference: ReadPreference.fromOptions({ readPreference: readPreference as never }) }),
  };
}

export class Entities {
  private readonly values = new Map<string, unknown>();
  private readonly events = new Map<string, CapturedEvent[]>();
  private readonly clients: MongoClient[] = [];
  /** The ids of sessions that ended, for events that name them. */
  private readonly sessions = new Map<string, ClientSession>();

  constructor(private readonly uri: string) {}

  get(name: string): unknown {
    if (!this.values.has(name)) throw new Error(`there is no entity '${name}'`);
    return this.values.get(name);
  }

  set(name: string, value: unknown): void {
    this.values.set(name, value);
  }

  session(name: string): ClientSession {
    return this.get(name) as ClientSession;
  }

  client(name: string): MongoClient {
    return this.get(name) as MongoClient;
  }

  eventsOf(client: string): readonly CapturedEvent[] {
    return this.events.get(client) ?? [];
  }

  async create(definitions: readonly Document[]): Promise<void> {
    for (const definition of definitions) {
      const [[kind, fields]] = Object.entries(definition) as [[string, Document]];
      const make = this.makers[kind];
      if (make === undefined) throw new Error(`entities of kind '${kind}' are not made by this runner`);
      // An entity may be made of the ones before it.
      await make(fields);
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.sessions.values()].map((session) => session.endSession()));
    await Promise.allSettled(this.clients.map((client) => client.close()));
  }

  private readonly makers: Readonly<Record<string, (fields: Document) => Promise<void> | void>> = {
    client: (fields) => this.makeClient(fields),
    database: ({ id, client, databaseName, databaseOptions }) => this.set(String(id), this.client(String(client)).db(String(databaseName), driverOptions(databaseOptions as Document))),
    collection: ({ id, database, collectionName, collectionOptions }) =>
      this.set(String(id), (this.get(String(database)) as Db).collection(String(collectionName), driverOptions(collectionOptions as Document))),
    session: ({ id, client, sessionOptions = {} }) => {
      const { defaultTransactionOptions, ...options } = sessionOptions as Document;
      const session = this.client(String(client)).startSession({
        ...options,
        ...(defaultTransactionOptions === undefined ? {} : { defaultTransactionOptions: driverOptions(defaultTransactionOptions as Document) }),
      });
      this.sessions.set(String(id), session);
      this.set(String(id), session);
    },
    bucket: ({ id, database, bucketOptions }) => this.set(String(id), new GridFSBucket(this.get(String(database)) as Db, driverOptions(bucketOptions as Document))),
  };

  private async makeClient({ id, uriOptions = {}, observeEvents = [], ignoreCommandMonitoringEvents = [], observeSensitiveCommands, serverApi }: Document): Promise<void> {
    const client = new MongoClient(this.uri, {
      monitorCommands: true, serverSelectionTimeoutMS: 5000, heartbeatFrequencyMS: 500, minHeartbeatFrequencyMS: 50, ...driverOptions(uriOptions as Document),
      ...(serverApi === undefined ? {} : { serverApi }),
    });
    const captured: CapturedEvent[] = [];
    const ignored = new Set(['configureFailPoint', ...(ignoreCommandMonitoringEvents as string[])]);
    const observe = (kind: CapturedEvent['kind']) => (event: Document) => {
      const command = String(event['commandName']);
      const isSensitive = sensitiveCommands.has(command) || ((command === 'hello' || command.toLowerCase() === 'ismaster') && Object.keys((event['command'] ?? event['reply'] ?? {}) as Document).length === 0);
      if (ignored.has(command) || (isSensitive && observeSensitiveCommands !== true)) return;
      if ((observeEvents as string[]).includes(kind)) captured.push({ kind, event });
    };
    client.on('commandStarted', observe('commandStartedEvent') as never);
    client.on('commandSucceeded', observe('commandSucceededEvent') as never);
    client.on('commandFailed', observe('commandFailedEvent') as never);
    this.clients.push(client);
    this.events.set(String(id), captured);
    this.set(String(id), client);
    await client.connect();
    captured.length = 0;
  }
}
