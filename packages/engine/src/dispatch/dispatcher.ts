// From a request to its reply: finds the command, checks who may run it, parses its fields, runs it in its session, and
// turns whatever it throws into MongoDB's error reply.
import type { RawValue } from '../bson/raw-value.js';
import { ElementReader } from '../bson/reader.js';
import { BsonType } from '../bson/types.js';
import { encodeDocument } from '../bson/values.js';
import { CommandError } from '../errors.js';
import type { RequestHandler, WireReply, WireRequest } from '../wire/request.js';
import type { CommandDefinition } from './command.js';
import type { CommandTable } from './command-table.js';
import type { Connection } from './connection.js';
import { asCommandError, errorDocument, labelsOf, resumable, type LabelSituation } from './error-reply.js';
import { FailedByRequest, applyFailPoint, withLostWrite } from './fail-command.js';
import { parseFields } from './fields.js';
import { parseGenericArguments, type GenericArguments } from './generic-arguments.js';
import { nextHello } from './hello-stream.js';
import { operationClass } from './operation-classes.js';
import { checkReadConcern, readsWhatLasts } from './read-concern.js';
import { replyTrailer } from './reply.js';
import { RunningCommand } from './running-command.js';
import type { RetryableStatements } from './retryable-statements.js';
import type { CommandServices } from './services.js';
import { checkSessionArguments, sessionKeyOf } from './session-arguments.js';
import { runInSession } from './session-scope.js';
import { checkStableApi } from './stable-api.js';
import { checkTransactionRules, endsTransaction } from './transaction-rules.js';
import { withWriteConcernError } from './write-concern-reply.js';

/** A command that passed every check and may run. */
interface Invocation {
  readonly request: WireRequest;
  readonly definition: CommandDefinition;
  readonly database: string;
  readonly generic: GenericArguments;
  readonly fields: ReturnType<typeof parseFields>;
  readonly namespace: string;
  readonly sessionKey: string | undefined;
}

const noLabels: LabelSituation = { inTransaction: false, mayRetryWrite: false, isCommit: false };
const databaseNameBytesMax = 63;
const slowOperation_ms = 100;

export class Dispatcher implements RequestHandler {
  constructor(
    private readonly table: CommandTable,
    private readonly services: CommandServices,
  ) {}

  async handle(request: WireRequest): Promise<WireReply> {
    const commandName = firstName(request);
    const caller = request.connection.user;
    let situation = noLabels;
    try {
      const { failCommand } = this.services.failPoints;
      // Tests fail commands that are not here too.
      if (failCommand.isSet && !this.table.has(commandName)) await applyFailPoint(this.services, commandName, request.connection);
      const definition = this.find(commandName, request);
      const generic = parseGenericArguments(definition.name, request.body);
      if (generic.asksForHelp) return this.describe(definition);
      const invocation = this.prepare(definition, generic, request);
      situation = labelSituation(invocation);
      const document = await this.run(invocation);
      this.services.audit?.command(definition.name, request, caller);
      const followedBy = nextHello(commandName, request, this.services.server);
      const appended = replyTrailer(document, this.services.logicalClock.now());
      return followedBy === undefined ? { document, appended } : { document, appended, followedBy };
    } catch (error) {
      if (error instanceof FailedByRequest) return { ...this.refuse(error.reply), closesConnection: error.closesConnection };
      this.services.audit?.command(commandName, request, caller, error);
      return this.refuse(error, situation, commandName);
    }
  }

  /** What runs for a client that is gone ends at its next look. */
  disconnected(connection: Connection): void {
    this.services.operations.interrupt('disconnected', (operation) => operation.connection === connection);
  }

  refuse(error: unknown, situation: LabelSituation = noLabels, commandName = ''): WireReply {
    const known = asCommandError(error, this.services.log, commandName);
    if (known.codeName === 'InternalError') this.services.metrics.asserts.internal += 1;
    else this.services.metrics.asserts.user += 1;
    const document = errorDocument(known, labelsOf(known, situation));
    return { document, appended: replyTrailer(document, this.services.logicalClock.now()) };
  }

  private find(commandName: string, request: WireRequest): CommandDefinition {
    const { clock, server } = this.services;
    request.connection.lastUsed_ms = clock.now_ms();
    if (request.legacyDatabase !== undefined) checkLegacyCommand(commandName);
    const definition = this.table.find(commandName);
    if (server.stopping.aborted && definition.access.kind !== 'public') {
      const refusal = new CommandError('InterruptedAtShutdown', 'The server is in quiesce mode and will shut down');
      throw definition.name === 'getMore' ? resumable(refusal) : refusal;
    }
    return definition;
  }

  /** What shells show for `db.commandHelp()`. Source: the manual's page "db.commandHelp()". */
  private describe({ name, help }: CommandDefinition): WireReply {
    const document = encodeDocument({ help: `help for: ${name} ${help}` });
    return { document, appended: replyTrailer(document, this.services.logicalClock.now()) };
  }

  /** Every check that needs no storage of the command's own. The order is MongoDB's, as far as clients can tell. */
  private prepare(definition: CommandDefinition, generic: GenericArguments, request: WireRequest): Invocation {
    const { access } = this.services;
    const { connection, body } = request;
    const database = databaseOf(request, generic);
    this.checkCaller(definition, request);
    if (definition.adminOnly === true && database !== 'admin') {
      throw new CommandError('Unauthorized', `${definition.name} may only be run against the admin database.`);
    }
    checkStableApi(generic.stableApi, definition, body);
    const fields = parseFields(definition.name, definition.fields, body, request.sequences, definition.unknownFields);
    if (definition.access.kind === 'privileges') {
      access.authorize({ connection, database, body }, definition.access.required(fields, database));
    }
    checkSessionArguments(generic);
    checkTransactionRules(definition, generic, database);
    if (generic.readConcern !== undefined) checkReadConcern(generic.readConcern, definition.name, generic.autocommit === false);
    const sessionKey = this.sessionKey(definition, request, generic);
    return { request, definition, database, generic, fields, namespace: namespaceOf(definition, fields, database), sessionKey };
  }

  private checkCaller(definition: CommandDefinition, { connection }: WireRequest): void {
    const { access } = this.services;
    if (definition.access.kind === 'public' || access.isOpen || access.isAuthenticated(connection)) return;
    if (definition.access.kind === 'privileges' && access.mayUseLocalhostException(connection)) return;
    throw new CommandError('Unauthorized', `Command ${definition.name} requires authentication`);
  }

  private sessionKey(definition: CommandDefinition, { connection }: WireRequest, generic: GenericArguments): string | undefined {
    if (generic.sessionId === undefined) return undefined;
    const isCaller = this.services.access.isOpen || connection.user !== undefined;
    return isCaller ? sessionKeyOf(generic.sessionId, connection.user) : undefined;
  }

  private async run(invocation: Invocation): Promise<Buffer> {
    const { request, definition, generic, namespace, sessionKey } = invocation;
    const { operations, metrics, clock } = this.services;
    const { connection, body } = request;
    const operation = operations.start({ connection, commandName: definition.name, namespace, body, sessionKey });
    if (generic.maxTime_ms > 0) operation.deadline_ms = operation.started_ms + generic.maxTime_ms;
    const counts = metrics.command(definition.name);
    counts.total += 1;
    const started_ms = performance.now();
    try {
      const { failPoints } = this.services;
      const failure = failPoints.failCommand.isSet ? await applyFailPoint(this.services, definition.name, connection) : undefined;
      const reply = await runInSession(this.services, invocation, (access) => {
        const parts = { ...access, database: invocation.database, body, connection, services: this.services, operation, readConcern: generic.readConcern };
        const run = (retryable: RetryableStatements | undefined): Promise<Buffer> | Buffer => definition.run(invocation.fields, new RunningCommand({ ...parts, retryable }));
        return failPoints.onPrimaryTransactionalWrite.isSet ? withLostWrite(failPoints, access.retryable, run) : run(access.retryable);
      });
      if (readsWhatLasts(generic.readConcern)) await this.services.storage.durable();
      return withWriteConcernError(reply, { concern: generic.writeConcern, failure, mayRetryWrite: labelSituation(invocation).mayRetryWrite });
    } catch (error) {
      counts.failed += 1;
      throw error;
    } finally {
      operations.finish(operation);
      this.measure(invocation, Math.trunc((performance.now() - started_ms) * 1000), clock.now_ms());
    }
  }

  private measure({ definition, fields, namespace, request }: Invocation, duration_us: number, now_ms: number): void {
    const { metrics, log } = this.services;
    const { counter, latency, usage, statements } = operationClass(definition.name);
    const list: unknown = statements === undefined ? undefined : fields[statements];
    metrics.opcounters[counter] += Array.isArray(list) ? list.length : 1;
    metrics.latencies[latency].latency_us += duration_us;
    metrics.latencies[latency].operations += 1;
    if (usage !== 'commands' || latency !== 'commands') {
      const used = metrics.usage(namespace)[usage];
      used.time_us += duration_us;
      used.count += 1;
    }
    request.connection.lastUsed_ms = now_ms;
    if (duration_us > slowOperation_ms * 1000 && latency !== 'commands') {
      const duration_ms = Math.round(duration_us / 1000);
      log.write('info', 'operation.slow', { command: definition.name, namespace, duration_ms, connection: request.connection.id });
    }
  }
}

function firstName(request: WireRequest): string {
  const reader = new ElementReader(request.body);
  return reader.next() ? reader.name() : '';
}

/** The valid name that was checked last: clients name the same database again and again. */
let lastValidName = '';

function databaseOf(request: WireRequest, generic: GenericArguments): string {
  const database = generic.database ?? request.legacyDatabase;
  if (database === undefined) throw new CommandError(40571, 'OP_MSG requests require a $db argument');
  if (database === lastValidName && database !== '') return database;
  const isValid = database !== '' && Buffer.byteLength(database) <= databaseNameBytesMax && (!/[/\\. "\0]/u.test(database) && (!database.includes('$') || database === '$external'));
  if (!isValid) throw new CommandError('InvalidNamespace', `Invalid database name: '${database}'`);
  lastValidName = database;
  return database;
}

/** What OP_QUERY is still good for: the first words of a client that does not know yet whom it speaks to. */
const legacyCommands: ReadonlySet<string> = new Set(['hello', 'isMaster', 'ismaster', 'ping']);

function checkLegacyCommand(commandName: string): void {
  if (legacyCommands.has(commandName)) return;
  throw new CommandError(
    'UnsupportedOpQueryCommand',
    `Unsupported OP_QUERY command: ${commandName}. The client driver may require an upgrade. For more details see ` +
      'https://dochub.mongodb.org/core/legacy-opcode-removal',
  );
}

/** `database.collection` where the command's own value names a collection, else the database's `$cmd`. */
function namespaceOf(definition: CommandDefinition, fields: Invocation['fields'], database: string): string {
  const named: unknown = fields[definition.name] ?? fields['collection'];
  // `{aggregate: 1}` reads no collection, so its field takes numbers too.
  const collection = definition.name === 'aggregate' ? textOf(named as RawValue) : named;
  return typeof collection === 'string' ? `${database}.${collection}` : `${database}.$cmd`;
}

function textOf(value: RawValue): string | undefined {
  return value.type === BsonType.string ? value.string() : undefined;
}

function labelSituation({ definition, generic }: Invocation): LabelSituation {
  const inTransaction = generic.autocommit === false;
  return {
    inTransaction,
    mayRetryWrite: endsTransaction(definition) || (!inTransaction && generic.txnNumber !== undefined),
    isCommit: definition.name === 'commitTransaction',
  };
}
