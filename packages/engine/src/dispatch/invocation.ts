// What the dispatcher knows of a request before it runs: the command, its database and namespace, what may be said of its errors.
import type { RawValue } from '../bson/raw-value.js';
import { ElementReader } from '../bson/reader.js';
import { BsonType } from '../bson/types.js';
import { CommandError } from '../errors.js';
import type { WireRequest } from '../wire/request.js';
import type { CommandDefinition } from './command.js';
import type { LabelSituation } from './error-reply.js';
import type { parseFields } from './fields.js';
import type { GenericArguments } from './generic-arguments.js';
import { endsTransaction } from './transaction-rules.js';

/** A command that passed every check and may run. */
export interface Invocation {
  readonly request: WireRequest;
  readonly definition: CommandDefinition;
  readonly database: string;
  readonly generic: GenericArguments;
  readonly fields: ReturnType<typeof parseFields>;
  readonly namespace: string;
  readonly sessionKey: string | undefined;
}

export const noLabels: LabelSituation = { inTransaction: false, mayRetryWrite: false, isCommit: false };
const databaseNameBytesMax = 63;

/** The name of the command, as the client spells it. */
export function firstName(request: WireRequest): string {
  const reader = new ElementReader(request.body);
  return reader.next() ? reader.name() : '';
}

/** The valid name that was checked last: clients name the same database again and again. */
let lastValidName = '';

/** Throws 40571 where there is none, InvalidNamespace where it is no database's name. */
export function databaseOf(request: WireRequest, generic: GenericArguments): string {
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

/** Throws UnsupportedOpQueryCommand for all others. */
export function checkLegacyCommand(commandName: string): void {
  if (legacyCommands.has(commandName)) return;
  throw new CommandError(
    'UnsupportedOpQueryCommand',
    `Unsupported OP_QUERY command: ${commandName}. The client driver may require an upgrade. For more details see ` +
      'https://dochub.mongodb.org/core/legacy-opcode-removal',
  );
}

/** `database.collection` where the command's own value names a collection, else the database's `$cmd`. */
export function namespaceOf(definition: CommandDefinition, fields: Invocation['fields'], database: string): string {
  const named: unknown = definition.name === 'getMore' ? fields['collection'] : (fields[definition.name] ?? fields['collection']);
  // `{aggregate: 1}` reads no collection, so its field takes numbers too.
  const collection = definition.name === 'aggregate' ? textOf(named as RawValue) : named;
  return typeof collection === 'string' ? `${database}.${collection}` : `${database}.$cmd`;
}

function textOf(value: RawValue): string | undefined {
  return value.type === BsonType.string ? value.string() : undefined;
}

/** What the labels of its errors depend on. */
export function labelSituation({ definition, generic }: Invocation): LabelSituation {
  const inTransaction = generic.autocommit === false;
  return {
    inTransaction,
    mayRetryWrite: endsTransaction(definition) || (!inTransaction && generic.txnNumber !== undefined),
    isCommit: definition.name === 'commitTransaction',
  };
}
