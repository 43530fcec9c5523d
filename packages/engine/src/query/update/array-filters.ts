// The `arrayFilters` of an update: which array elements `$[id]` stands for.
// Source: the manual's page "$[<identifier>]".
import { CommandError } from '../../errors.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { arrayValues, elements } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import { objectValue } from '../../bson/values.js';
import type { QueryEnvironment } from '../environment.js';
import { compileFilter } from '../match/compile-filter.js';

/** Whether an array element satisfies the filter, by the filter's identifier. */
export type ArrayFilters = ReadonlyMap<string, (element: RawValue) => boolean>;

const identifierForm = /^[a-z][a-zA-Z0-9]*$/;
const logicalOperators: ReadonlySet<string> = new Set(['$and', '$or', '$nor']);

/** Compiles the filters and checks that each is about one identifier of its own. */
export function compileArrayFilters(filters: readonly RawDocument[], environment: QueryEnvironment): ArrayFilters {
  const compiled = new Map<string, (element: RawValue) => boolean>();
  for (const filter of filters) {
    const matcher = withContext(() => compileFilter(filter, environment));
    const identifier = withContext(() => identifierOf(documentValue(filter)));
    if (identifier === undefined) {
      throw new CommandError('FailedToParse', 'Cannot use an expression without a top-level field name in arrayFilters');
    }
    if (compiled.has(identifier)) {
      throw new CommandError('FailedToParse', `Found multiple array filters with the same top-level field name ${identifier}`);
    }
    compiled.set(identifier, (element) => matcher.matches(objectValue([[identifier, element]])));
  }
  return compiled;
}

function withContext<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new CommandError(error.code, `Error parsing array filter :: caused by :: ${error.message}`);
  }
}

/** The one top-level field that all conditions of the filter are about. */
function identifierOf(filter: RawValue): string | undefined {
  let found: string | undefined;
  for (const [name, value] of elements(filter)) {
    for (const identifier of identifiersOf(name, value)) {
      if (found !== undefined && found !== identifier) {
        throw new CommandError('FailedToParse', `Expected a single top-level field name, found '${found}' and '${identifier}'`);
      }
      found = identifier;
    }
  }
  if (found !== undefined && !identifierForm.test(found)) {
    const words = 'The top-level field name must be an alphanumeric string beginning with a lowercase letter, found';
    throw new CommandError('BadValue', `${words} '${found}'`);
  }
  return found;
}

function identifiersOf(name: string, value: RawValue): readonly string[] {
  if (name === '$comment') return [];
  if (!name.startsWith('$')) return [name.split('.')[0]!];
  if (!logicalOperators.has(name) || value.type !== BsonType.array) {
    throw new CommandError(name === '$expr' ? 'QueryFeatureNotAllowed' : 'FailedToParse', `${name} is not allowed in this context`);
  }
  return arrayValues(value).flatMap((branch) => [...elements(branch)].flatMap(([inner, condition]) => identifiersOf(inner, condition)));
}
