// `applyOps`: entries of an oplog, applied one after the other, as restores with `--oplogReplay` send them. Everybody may apply what
// they may do by themselves. Source: the manual's page "applyOps".
import type { Privilege } from '../auth/privileges.js';
import { documentValue, type RawDocument, type RawValue } from '../bson/raw-value.js';
import { elements } from '../bson/reader.js';
import { BsonType } from '../bson/types.js';
import { arrayValue, booleanValue, documentOf } from '../bson/values.js';
import { DocumentWriter } from '../bson/writer.js';
import { environmentOf } from '../execution/environment.js';
import { applyToDocuments, parseOperations, type OplogOperation } from '../execution/writes/oplog-operation.js';
import { defineCommand, type CommandDefinition } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';
import { parseFields } from '../dispatch/fields.js';
import { CommandError, type ErrorName } from '../errors.js';

/** Commands that an oplog tells of, and the errors that say that what is to be done is done. */
const appliedCommands: Readonly<Record<string, readonly ErrorName[]>> = {
  create: ['NamespaceExists'],
  drop: ['NamespaceNotFound'],
  dropDatabase: ['NamespaceNotFound'],
  createIndexes: [],
  dropIndexes: ['NamespaceNotFound', 'IndexNotFound'],
  deleteIndexes: ['NamespaceNotFound', 'IndexNotFound'],
  collMod: ['NamespaceNotFound', 'IndexNotFound'],
  renameCollection: ['NamespaceNotFound'],
};

interface AppliedCommand {
  readonly definition: CommandDefinition;
  readonly body: RawDocument;
  readonly accepted: readonly ErrorName[];
}

/** The command as clients send it. */
function commandBody(name: string, o: RawDocument): RawDocument {
  const fields = [...elements(documentValue(o))];
  if (name === 'createIndexes' && !fields.some(([field]) => field === 'indexes')) {
    const specification = fields.slice(1).filter(([field]) => field !== 'ns');
    return documentOf([fields[0]!, ['indexes', arrayValue([documentValue(documentOf(specification))])]]);
  }
  // The collection that is replaced is named by its id in an oplog.
  if (name === 'renameCollection') return documentOf(fields.map(([field, value]) => [field, field === 'dropTarget' && value.type !== BsonType.bool ? booleanValue(true) : value]));
  return o;
}

function appliedCommand({ o }: OplogOperation, definitions: readonly CommandDefinition[]): AppliedCommand {
  const name = [...elements(documentValue(o))][0]?.[0] ?? '';
  const accepted = Object.hasOwn(appliedCommands, name) ? appliedCommands[name] : undefined;
  const definition = definitions.find((candidate) => candidate.name === name || candidate.aliases?.includes(name) === true);
  if (accepted === undefined || definition === undefined) throw new CommandError('OplogOperationUnsupported', `applyOps: the command '${name}' is not applied by this server`);
  return { definition, body: commandBody(name, o), accepted };
}

const parsed = ({ definition, body }: AppliedCommand): ReturnType<typeof parseFields> => parseFields(definition.name, definition.fields, body, new Map());

const documentActions = { i: ['insert'], u: ['update'], d: ['remove'] } as const;

function privilegesFor(operation: OplogOperation, alwaysUpsert: boolean, definitions: readonly CommandDefinition[]): readonly Privilege[] {
  const { op, database, collection, isUpsert } = operation;
  if (op === 'n') return [{ resource: { cluster: true }, actions: ['appendOplogNote'] }];
  if (op !== 'c') {
    const actions = op === 'u' && (isUpsert || alwaysUpsert) ? ['update', 'insert'] : documentActions[op];
    return [{ resource: { database, collection }, actions }];
  }
  const command = appliedCommand(operation, definitions);
  return command.definition.access.kind === 'privileges' ? command.definition.access.required(parsed(command), database) : [];
}

async function apply(context: CommandContext, operation: OplogOperation, alwaysUpsert: boolean, definitions: readonly CommandDefinition[]): Promise<void> {
  if (operation.op === 'n') return;
  const within = context.onDatabase(operation.database);
  if (operation.op !== 'c') {
    const environment = environmentOf(within, { bypassEmptyTsReplacement: true });
    await within.write((unit) => applyToDocuments(unit, operation, environment, alwaysUpsert));
    return;
  }
  const command = appliedCommand(operation, definitions);
  try {
    await command.definition.run(parsed(command), within);
  } catch (error) {
    if (!(error instanceof CommandError) || !command.accepted.includes(error.codeName as ErrorName)) throw error;
  }
}

function results(done: readonly boolean[]): RawValue {
  return arrayValue(done.map(booleanValue));
}

/** The command `applyOps` for a table of commands. */
export function applyOpsOf(definitions: readonly CommandDefinition[]): CommandDefinition {
  return defineCommand({
    name: 'applyOps',
    help: 'Applies entries of an oplog: inserts, updates, deletes, and commands on collections and indexes.',
    fields: { applyOps: { kind: 'array', required: true }, alwaysUpsert: 'boolean', allowAtomic: { kind: 'any', ignored: true }, oplogApplicationMode: { kind: 'any', ignored: true } },
    access: {
      kind: 'privileges',
      required: ({ applyOps: entries, alwaysUpsert }) => parseOperations(entries).flatMap((operation) => [...privilegesFor(operation, alwaysUpsert === true, definitions)]),
    },
    async run({ applyOps: entries, alwaysUpsert }, context) {
      const done: boolean[] = [];
      for (const operation of parseOperations(entries)) {
        try {
          // In their order, which is that of the changes that they tell of.
          await apply(context, operation, alwaysUpsert === true, definitions);
          done.push(true);
        } catch (error) {
          if (!(error instanceof CommandError)) throw error;
          const fields = { ...error.fields, applied: done.length + 1, results: [...done, false] };
          throw new CommandError(error.code, error.message, { labels: error.labels, fields });
        }
      }
      return new DocumentWriter().int32('applied', done.length).append('results', results(done)).finish();
    },
  });
}
