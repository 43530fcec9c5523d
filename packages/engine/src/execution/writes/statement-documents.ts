// The statements of `update` and `delete` as documents: parsed with the same rules and words as a command's own fields.
import { checkStageNames } from '../../aggregation/stages/compile-pipeline.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { arrayValues, elements } from '../../bson/reader.js';
import { BsonType, bsonTypeName, isNumericType } from '../../bson/types.js';
import { documentOf, objectValue } from '../../bson/values.js';
import type { CommandContext } from '../../dispatch/context.js';
import { CommandError } from '../../errors.js';
import { compileUpdate } from '../../query/update/compile-update.js';
import type { CollatedNamespace } from '../default-collation.js';
import { environmentOf, type EnvironmentOptions } from '../environment.js';
import { parseHint } from '../hint.js';
import { compileRead, type ReadOptions } from '../reads/read-query.js';
import type { DeleteStatement } from './delete-documents.js';
import type { UpdateStatement } from './update-documents.js';

/** Field -> the types that it may have; 'any': all. */
type StatementFields = Readonly<Record<string, readonly BsonType[] | 'any'>>;

const numbers: readonly BsonType[] = [BsonType.int, BsonType.long, BsonType.double, BsonType.decimal];
const objects: readonly BsonType[] = [BsonType.object];
const flags: readonly BsonType[] = [BsonType.bool, ...numbers];

const updateFields: StatementFields = {
  q: objects, u: [BsonType.object, BsonType.array], c: objects, upsert: flags, multi: flags, collation: objects, hint: 'any',
  arrayFilters: [BsonType.array], sort: objects, upsertSupplied: flags, sampleId: 'any',
};
const deleteFields: StatementFields = { q: objects, limit: numbers, collation: objects, hint: 'any', sampleId: 'any' };

function parseStatement(path: string, document: RawDocument, fields: StatementFields, required: readonly string[]): ReadonlyMap<string, RawValue> {
  const parsed = new Map<string, RawValue>();
  for (const [name, value] of elements(documentValue(document))) {
    const types = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (types === undefined) throw new CommandError('Location40415', `BSON field '${path}.${name}' is an unknown field.`);
    if (value.isNullish() && types !== 'any') continue;
    if (types !== 'any' && !types.includes(value.type)) throw wrongType(`${path}.${name}`, value, types);
    parsed.set(name, value);
  }
  const missing = required.find((name) => !parsed.has(name));
  if (missing !== undefined) throw new CommandError('Location40414', `BSON field '${path}.${missing}' is missing but a required field`);
  return parsed;
}

function wrongType(path: string, value: RawValue, types: readonly BsonType[]): CommandError {
  const actual = bsonTypeName(value.type) ?? 'unknown';
  const names = types.map((type) => bsonTypeName(type) ?? '');
  const expected = names.length === 1 ? `type '${names[0]!}'` : `types '[${names.join(', ')}]'`;
  return new CommandError('TypeMismatch', `BSON field '${path}' is the wrong type '${actual}', expected ${expected}`);
}

function isTrue(value: RawValue | undefined): boolean {
  if (value === undefined) return false;
  return isNumericType(value.type) ? value.number() !== 0 : value.boolean();
}

/** `arrayFilters` as documents. */
export function filterDocuments(value: RawValue | undefined, path: string): RawDocument[] {
  if (value === undefined) return [];
  return arrayValues(value).map((filter, index) => {
    if (filter.type !== BsonType.object) throw wrongType(`${path}.arrayFilters.${index}`, filter, objects);
    return filter.document();
  });
}

/** Parses one entry of `updates`; what it returns compiles it. Errors of form end the command, errors of meaning the statement. */
export function parseUpdateStatement(context: CommandContext, document: RawDocument, namespace: CollatedNamespace, options: Pick<EnvironmentOptions, 'let' | 'bypassEmptyTsReplacement'>): () => UpdateStatement {
  const path = 'update.updates';
  const fields = parseStatement(path, document, updateFields, ['q', 'u']);
  const arrayFilters = filterDocuments(fields.get('arrayFilters'), path);
  const multi = isTrue(fields.get('multi'));
  checkUpdatePipeline(fields.get('u')!);
  return () => {
    const environmentOptions = { collation: fields.get('collation')?.document(), let: mergeLet(options.let, fields.get('c')), bypassEmptyTsReplacement: options.bypassEmptyTsReplacement };
    const environment = environmentOf(context, environmentOptions, namespace);
    const update = compileUpdate(fields.get('u')!, { arrayFilters }, environment);
    if (multi && update.kind === 'replacement') throw new CommandError('FailedToParse', 'multi update is not supported for replacement-style update');
    if (multi && fields.has('sort')) throw new CommandError('FailedToParse', 'Cannot specify sort with multi=true');
    if (fields.has('c') && update.kind !== 'pipeline') throw new CommandError(51198, 'Constant values may only be specified for pipeline updates');
    const query = compileRead(readOptions(context, fields, multi ? 0 : 1), environment);
    return { query, update, multi, upsert: isTrue(fields.get('upsert')) };
  };
}

/** Field by field: a spread here would be kept until the next full collection. `limit` 0: all. */
function readOptions({ services: { indexUsage, indexFilters } }: CommandContext, fields: ReadonlyMap<string, RawValue>, limit: number): ReadOptions {
  return { indexUsage, indexFilters, filter: fields.get('q')!.document(), hint: parseHint(fields.get('hint')), sort: fields.get('sort')?.document(), limit };
}

/** A mongod reads the names of an update's stages with the command, before any statement runs. */
function checkUpdatePipeline(update: RawValue): void {
  if (update.type === BsonType.array) checkStageNames(arrayValues(update).flatMap((stage) => (stage.type === BsonType.object ? [stage.document()] : [])));
}

/** `c` of a statement: constants for a pipeline update, beside the command's own `let`. They are no expressions, whatever they look like. */
function mergeLet(letVariables: RawDocument | undefined, constants: RawValue | undefined): RawDocument | undefined {
  if (constants === undefined) return letVariables;
  const own = [...elements(constants)].map(([name, value]) => [name, objectValue([['$literal', value]])] as const);
  return documentOf([...(letVariables === undefined ? [] : elements(documentValue(letVariables))), ...own]);
}

/** Parses one entry of `deletes`. */
export function parseDeleteStatement(context: CommandContext, document: RawDocument, namespace: CollatedNamespace, letVariables: RawDocument | undefined): () => DeleteStatement {
  const fields = parseStatement('delete.deletes', document, deleteFields, ['q', 'limit']);
  const limit = fields.get('limit')!.number();
  if (limit !== 0 && limit !== 1) {
    throw new CommandError('FailedToParse', `The limit field in delete objects must be 0 or 1. Got ${limit ?? 'NaN'}`);
  }
  return () => {
    const environment = environmentOf(context, { collation: fields.get('collation')?.document(), let: letVariables }, namespace);
    return { query: compileRead(readOptions(context, fields, limit), environment) };
  };
}
