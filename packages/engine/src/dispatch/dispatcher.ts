// From a request to its reply: finds the command, checks who may run it, parses its fields, runs it in its session, and
// turns whatever it throws into MongoDB's error reply.
import type { RawDocument } from '../bson/raw-value.js';
import { encodeDocument } from '../bson/values.js';
import { CommandError } from '../errors.js';
import type { RequestHandler, WireReply, WireRequest } from '../wire/request.js';
import type { CommandDefinition } from './command.js';
import type { CommandTable } from './command-table.js';
import type { AuthenticatedUser, Connection } from './connection.js';
import { asCommandError, errorDocument, labelsOf, resumable, type LabelSituation } from './error-reply.js';
import { FailedByRequest, applyFailPoint, withLostWrite } from './fail-command.js';
import { parseFields } from './fields.js';
import { parseGenericArguments, type GenericArguments } from './generic-arguments.js';
import { checkLegacyCommand, databaseOf, firstName, labelSituation, namespaceOf, noLabels, type Invocation } from './invocation.js';
import { nextHello } from './hello-stream.js';
import { operationClass } from './operation-classes.js';
import type { RunningOperation } from './operations.js';
import { checkReadConcern, readsWhatLasts } from './read-concern.js';
import { replyTrailer } from './reply.js';
import { RunningCommand } from './running-command.js';
import type { RetryableStatements } from './retryable-statements.js';
import type { CommandServices } from './services.js';
import { checkSessionArguments, sessionKeyOf } from './session-arguments.js';
import { runInSession } from './session-scope.js';
import { checkStableApi } from './stable-api.js';
import { applyMaxTime } from './time-limit.js';
import { checkTransactionRules } from './transaction-rules.js';
import { acknowledged } from './write-concern-reply.js';

/** Of a request, what its answer is written down with. */
interface Handled {
  readonly request: WireRequest;
  readonly commandName: string;
  /** Who had authenticated when it began. */
  readonly caller: AuthenticatedUser | undefined;
}

export class Dispatcher implements RequestHandler {
  constructor(
    private readonly table: CommandTable,
    private readonly services: CommandServices,
  ) {}

  handle(request: WireRequest): Promise<WireReply> | WireReply {
    const commandName = firstName(request);
    // Tests fail commands that are not here too.
    const mayFail = this.services.failPoints.failCommand.isSet && !this.table.has(commandName);
    return mayFail ? this.handleUnknown(commandName, request) : this.handleNamed(commandName, request);
  }

  private async handleUnknown(commandName: string, request: WireRequest): Promise<WireReply> {
    const caller = request.connection.user;
    try {
      await applyFailPoint(this.services, [commandName], request);
    } catch (error) {
      return this.failed(error, { request, commandName, caller, situation: noLabels });
    }
    return this.handleNamed(commandName, request);
  }

  private handleNamed(commandName: string, request: WireRequest): Promise<WireReply> | WireReply {
    const caller = request.connection.user;
    let situation = noLabels;
    try {
      const definition = this.find(commandName, request);
      const generic = parseGenericArguments(definition.name, request.body);
      if (generic.asksForHelp) return this.describe(definition);
      const invocation = this.prepare(definition, generic, request);
      situation = labelSituation(invocation);
      const reply = this.run(invocation, situation);
      if (reply instanceof Promise) return this.succeedLater(reply, definition, { request, commandName, caller, situation });
      return this.succeeded(reply, definition, { request, commandName, caller });
    } catch (error) {
      return this.failed(error, { request, commandName, caller, situation });
    }
  }

  private async succeedLater(reply: Promise<RawDocument>, definition: CommandDefinition, handled: Handled & { readonly situation: LabelSituation }): Promise<WireReply> {
    try {
      return this.succeeded(await reply, definition, handled);
    } catch (error) {
      return this.failed(error, handled);
    }
  }

  private succeeded(document: RawDocument, definition: CommandDefinition, { request, commandName, caller }: Handled): WireReply {
    this.services.audit?.command(definition.name, request, caller);
    const followedBy = nextHello(commandName, request, this.services.server);
    const reply = this.complete(document);
    return followedBy === undefined ? reply : { ...reply, followedBy };
  }

  private failed(error: unknown, { request, commandName, caller, situation }: Handled & { readonly situation: LabelSituation }): WireReply {
    if (error instanceof FailedByRequest) return { ...this.refuse(error.reply), closesConnection: error.closesConnection };
    this.services.audit?.command(commandName, request, caller, error);
    return this.refuse(error, situation, commandName);
  }

  /** What runs for a client that is gone ends at its next look. */
  disconnected(connection: Connection): void {
    this.services.operations.interrupt('disconnected', (operation) => operation.connection === connection);
  }

  refuse(error: unknown, situation: LabelSituation = noLabels, commandName = ''): WireReply {
    const known = asCommandError(error, this.services.log, commandName);
    if (known.codeName === 'InternalError') this.services.metrics.asserts.internal += 1;
    else this.services.metrics.asserts.user += 1;
    return this.complete(errorDocument(known, labelsOf(known, situation)));
  }

  /** A reply with what every reply ends with. */
  private complete(document: RawDocument): WireReply {
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
    return this.complete(encodeDocument({ help: `help for: ${name} ${help}` }));
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
    checkStableApi(generic.stableApi, definition, body, this.services.server.parameters.isOn('requireApiVersion'));
    const fields = parseFields(definition.name, definition.fields, body, request.sequences, definition.unknownFields);
    if (definition.access.kind === 'privileges') {
      access.authorize({ connection, database, body }, definition.access.required(fields, database));
    }
    checkSessionArguments(generic);
    checkTransactionRules(definition, generic, database);
    if (generic.readConcern !== undefined) checkReadConcern(generic.readConcern, definition.name, generic.autocommit === false);
    const sessionKey = this.sessionKey(definition, request, generic);
    return { request, definition, database, fields, sessionKey, generic: this.withDefaults(definition, generic), namespace: namespaceOf(definition, fields, database) };
  }

  /** With the default read concern, where one was set and the command names none; a transaction's is the client's business. */
  private withDefaults({ name }: CommandDefinition, generic: GenericArguments): GenericArguments {
    if (generic.readConcern !== undefined || generic.autocommit === false) return generic;
    const readConcern = this.services.defaultConcerns.readConcernOf(name);
    return readConcern === undefined ? generic : { ...generic, readConcern };
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

  private run(invocation: Invocation, situation: LabelSituation): Promise<RawDocument> | RawDocument {
    const { request, definition, generic, namespace, sessionKey } = invocation;
    const { operations, metrics } = this.services;
    const { connection, body } = request;
    const operation = operations.start({ connection, commandName: definition.name, namespace, body, sessionKey });
    metrics.command(definition.name).total += 1;
    const started_ms = performance.now();
    let reply: Promise<RawDocument> | RawDocument;
    try {
      if (generic.maxTime_ms > 0) applyMaxTime(this.services, operation, generic.maxTime_ms);
      reply = this.execute(invocation, operation, situation);
    } catch (error) {
      this.finish(invocation, operation, started_ms, true);
      throw error;
    }
    if (reply instanceof Promise) return this.finishLater(reply, invocation, operation, started_ms);
    this.finish(invocation, operation, started_ms, false);
    return reply;
  }

  private async finishLater(reply: Promise<RawDocument>, invocation: Invocation, operation: RunningOperation, started_ms: number): Promise<RawDocument> {
    let hasFailed = true;
    try {
      const document = await reply;
      hasFailed = false;
      return document;
    } finally {
      this.finish(invocation, operation, started_ms, hasFailed);
    }
  }

  private finish(invocation: Invocation, operation: RunningOperation, started_ms: number, hasFailed: boolean): void {
    const { operations, metrics, clock, profiler } = this.services;
    if (hasFailed) metrics.command(invocation.definition.name).failed += 1;
    operations.finish(operation);
    const [duration_ms, now_ms] = [performance.now() - started_ms, clock.now_ms()];
    this.measure(invocation, Math.trunc(duration_ms * 1000), now_ms);
    profiler.note({ operation, database: invocation.database, duration_ms, hasFailed, now_ms });
  }

  /** Most commands need nothing around them, and many need not wait for anything. */
  private execute(invocation: Invocation, operation: RunningOperation, situation: LabelSituation): Promise<RawDocument> | RawDocument {
    const { generic } = invocation;
    const isPlain = generic.writeConcern === undefined && !this.services.failPoints.failCommand.isSet && !readsWhatLasts(generic.readConcern);
    return isPlain ? this.executeInSession(invocation, operation) : this.executeCarefully(invocation, operation, situation);
  }

  private async executeCarefully(invocation: Invocation, operation: RunningOperation, { mayRetryWrite }: LabelSituation): Promise<RawDocument> {
    const { generic, definition, request } = invocation;
    const failure = await applyFailPoint(this.services, [definition.name, ...(definition.aliases ?? [])], request);
    const reply = await this.executeInSession(invocation, operation);
    if (readsWhatLasts(generic.readConcern)) await this.services.storage.durable();
    return acknowledged(reply, { command: definition.name, concern: generic.writeConcern, failure, mayRetryWrite });
  }

  private executeInSession(invocation: Invocation, operation: RunningOperation): Promise<RawDocument> | RawDocument {
    const { definition, database, fields, generic: { readConcern }, request: { body, connection } } = invocation;
    const { services } = this;
    return runInSession(services, invocation, ({ units, inTransaction, retryable, snapshot }) => {
      const run = (statements: RetryableStatements | undefined): Promise<RawDocument> | RawDocument =>
        definition.run(fields, new RunningCommand({ database, body, connection, services, operation, units, inTransaction, readConcern, snapshot, retryable: statements }));
      return services.failPoints.onPrimaryTransactionalWrite.isSet ? withLostWrite(services.failPoints, retryable, run) : run(retryable);
    });
  }

  private measure({ definition, fields, namespace, request }: Invocation, duration_us: number, now_ms: number): void {
    const { metrics, log, profiler } = this.services;
    const { counter, latency, usage, statements } = operationClass(definition.name);
    const list: unknown = statements === undefined ? undefined : fields[statements];
    metrics.opcounters[counter] += Array.isArray(list) ? list.length : 1;
    metrics.latencies[latency].latency_us += duration_us;
    metrics.latencies[latency].operations += 1;
    if (latency !== 'commands' || !namespace.endsWith('.$cmd')) {
      const counted = metrics.namespace(namespace);
      const used = counted.usage[usage];
      used.time_us += duration_us;
      used.count += 1;
      counted.latencies[latency].record(duration_us);
    }
    request.connection.lastUsed_ms = now_ms;
    if (duration_us > profiler.slow_ms * 1000 && latency !== 'commands') {
      const duration_ms = Math.round(duration_us / 1000);
      log.write('info', 'operation.slow', { command: definition.name, namespace, duration_ms, connection: request.connection.id });
    }
  }
}
