// `hello` and its older names: who this server is and what it can do; the first thing a client sends, and what its monitors
// wait on. Source: the manual's page "hello" and the specifications "MongoDB Handshake" and "Server Monitoring".
import { Long, Timestamp, type Document } from 'bson';
import { ElementReader, getDocumentField } from '../bson/reader.js';
import type { RawDocument } from '../bson/raw-value.js';
import { BsonType } from '../bson/types.js';
import { encodeDocument } from '../bson/values.js';
import { DocumentWriter } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';
import { appendTopologyVersion } from '../dispatch/hello-stream.js';
import {
  logicalSessionTimeoutMinutes, maxDocumentBytes, maxMessageBytes, maxWireVersion, maxWriteBatchSize,
} from '../dispatch/server-state.js';
import { compressorNames } from '../wire/compression.js';
import { CommandError } from '../errors.js';

export const hello = defineCommand({
  name: 'hello',
  aliases: ['isMaster', 'ismaster'],
  help: 'Says who this server is, what it supports, and how it is to be reached.',
  fields: {
    hello: 'any', client: 'object', compression: 'array', saslSupportedMechs: 'string', speculativeAuthenticate: 'object',
    topologyVersion: 'object', maxAwaitTimeMS: 'integer', helloOk: 'boolean',
  },
  unknownFields: 'ignored',
  access: { kind: 'public' },
  stableApi: true,
  async run(fields, context) {
    if (fields.client !== undefined) rememberClient(context, fields.client);
    if (fields.compression !== undefined) {
      const wanted = fields.compression.map((value) => (value.type === BsonType.string ? value.string() : ''));
      context.connection.compressors = wanted.filter((name) => compressorNames.includes(name));
    }
    await awaitChange(fields.topologyVersion, fields.maxAwaitTimeMS, context);
    const writer = new DocumentWriter();
    append(writer, identity(context, nameUsed(context.body)));
    appendTopologyVersion(writer, context.services.server);
    append(writer, limits(context));
    if (fields.compression !== undefined && context.connection.compressors.length > 0) append(writer, { compression: context.connection.compressors });
    if (fields.saslSupportedMechs !== undefined) append(writer, { saslSupportedMechs: mechanismsOf(fields.saslSupportedMechs, context) });
    if (fields.speculativeAuthenticate !== undefined) append(writer, speculative(fields.speculativeAuthenticate, context));
    return writer.finish();
  },
});

function append(writer: DocumentWriter, fields: Document): void {
  const document = encodeDocument(fields);
  writer.appendElements(document, 4, document.length - 1);
}

function nameUsed(body: RawDocument): string {
  const reader = new ElementReader(body);
  return reader.next() ? reader.name() : 'hello';
}

function identity({ services, connection }: CommandContext, name: string): Document {
  const { server, logicalClock, clock } = services;
  const me = server.advertisedHost ?? connection.localAddress;
  const opTime = { ts: new Timestamp(logicalClock.now()), t: Long.fromNumber(1) };
  const now = new Date(clock.now_ms());
  return {
    helloOk: true,
    [name === 'hello' ? 'isWritablePrimary' : 'ismaster']: true,
    hosts: [me],
    setName: server.replicaSetName,
    setVersion: 1,
    secondary: false,
    primary: me,
    me,
    electionId: server.electionId,
    lastWrite: { opTime, lastWriteDate: now, majorityOpTime: opTime, majorityWriteDate: now },
  };
}

function limits({ services, connection }: CommandContext): Document {
  return {
    maxBsonObjectSize: maxDocumentBytes,
    maxMessageSizeBytes: maxMessageBytes,
    maxWriteBatchSize,
    localTime: new Date(services.clock.now_ms()),
    logicalSessionTimeoutMinutes,
    connectionId: connection.id,
    minWireVersion: 0,
    maxWireVersion,
    readOnly: false,
  };
}

/** Metadata is said once per connection; later hellos may leave it out, not change it. */
function rememberClient({ connection, services }: CommandContext, client: RawDocument): void {
  if (connection.clientMetadata !== undefined) {
    if (connection.clientMetadata.equals(client)) return;
    throw new CommandError('ClientMetadataCannotBeMutated', 'The client metadata document may only be sent in the first hello');
  }
  connection.clientMetadata = Buffer.from(client);
  services.log.write('debug', 'connection.metadata', { connection: connection.id });
}

/** Waits as a monitor asked for: until there is something new to say, or its time is over. */
async function awaitChange(version: RawDocument | undefined, maxAwait_ms: number | undefined, context: CommandContext): Promise<void> {
  if (version === undefined && maxAwait_ms === undefined) return;
  if (version === undefined) throw new CommandError(31368, "A request with 'maxAwaitTimeMS' must include a 'topologyVersion'");
  if (maxAwait_ms === undefined) throw new CommandError(31372, "A request with a 'topologyVersion' must include 'maxAwaitTimeMS'");
  if (maxAwait_ms < 0) throw new CommandError(31373, "'maxAwaitTimeMS' must be a non-negative integer");
  const { server, metrics } = context.services;
  const processId = getDocumentField(version, 'processId');
  if (processId?.type !== BsonType.objectId || !processId.slice().equals(server.processIdValue.slice())) return;
  if (server.stopping.aborted || context.connection.closed.aborted) return;
  metrics.connections.awaitingHello += 1;
  await firstOf(maxAwait_ms, server.stopping, context.connection.closed);
  metrics.connections.awaitingHello -= 1;
}

function firstOf(timeout_ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, timeout_ms);
    for (const signal of signals) signal.addEventListener('abort', done, { once: true });
  });
}

/** Somebody who does not exist has the mechanisms that a new user would have. */
function mechanismsOf(name: string, { services }: CommandContext): readonly string[] {
  const dot = name.indexOf('.');
  if (dot <= 0) throw new CommandError('BadValue', "UserName must contain a '.' separated database.user pair");
  const user = services.users.find({ database: name.slice(0, dot), user: name.slice(dot + 1) });
  const enabled = services.mechanisms.scramMechanisms();
  return user === undefined ? enabled : user.mechanisms.filter((mechanism) => enabled.includes(mechanism));
}

/** The answer to an `authenticate` that came with the hello. */
function speculativeByCertificate(request: RawDocument, mechanism: string, { services, connection }: CommandContext): Document {
  const text = (name: string): string | undefined => {
    const value = getDocumentField(request, name);
    return value?.type === BsonType.string ? value.string() : undefined;
  };
  try {
    const name = services.authenticator.byCertificate(connection, { mechanism, database: text('db') ?? '$external', named: text('user'), isSpeculative: true });
    return { speculativeAuthenticate: { dbname: name.database, user: name.user } };
  } catch (error) {
    if (error instanceof CommandError) return {};
    throw error;
  }
}

/** The answer to a `saslStart` that came with the hello; left out where it cannot be begun. */
function speculative(request: RawDocument, context: CommandContext): Document {
  const mechanism = getDocumentField(request, 'mechanism');
  const payload = getDocumentField(request, 'payload');
  const database = getDocumentField(request, 'db');
  if (mechanism?.type === BsonType.string && getDocumentField(request, 'authenticate') !== undefined) return speculativeByCertificate(request, mechanism.string(), context);
  if (mechanism?.type !== BsonType.string || payload?.type !== BsonType.binData) return {};
  const start = {
    mechanism: mechanism.string(),
    payload: payload.binary().data,
    database: database?.type === BsonType.string ? database.string() : 'admin',
    skipEmptyExchange: true,
    isSpeculative: true,
  };
  try {
    return { speculativeAuthenticate: context.services.authenticator.start(context.connection, start) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    context.services.log.write('debug', 'authentication.speculative_refused', { database: start.database, reason: error.codeName });
    return {};
  }
}
