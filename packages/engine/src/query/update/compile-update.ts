// Compiles an update: a document of operators, a replacement document, or a pipeline.
// Source: the manual's pages "update", "Update Operators" and "Updates with Aggregation Pipeline".
import { CommandError } from '../../errors.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { ElementReader, getDocumentField } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import type { QueryEnvironment } from '../environment.js';
import { applyTree } from './apply-tree.js';
import { compileArrayFilters, type ArrayFilters } from './array-filters.js';
import { operatorDifference, smallestDifference } from './difference.js';
import { parseOperators } from './parse-operators.js';
import { compilePipelineTransform } from './pipeline-transform.js';
import { assertReplacement, replaceDocument } from './replacement.js';
import { assertStorableId, maxDocumentBytes, withIdFirst, withTimestamps } from './stored-document.js';
import type { Update, UpdateInput } from './update.js';
import { upsertBase, upsertBaseOfReplacement } from './upsert-base.js';

export interface UpdateOptions {
  readonly arrayFilters?: readonly RawDocument[];
}

/** What differs between the three kinds; `finished` adds what they share. */
type Core = Pick<Update, 'kind' | 'needsArrayIndex' | 'apply' | 'difference'>;

/** Compiles the `u` of an update statement or the `update` of findAndModify. Throws CommandError with MongoDB's code and words. */
export function compileUpdate(update: RawValue, options: UpdateOptions, environment: QueryEnvironment): Update {
  const arrayFilters = compileArrayFilters(options.arrayFilters ?? [], environment);
  if (update.type === BsonType.array) {
    if (arrayFilters.size > 0) {
      throw new CommandError('FailedToParse', 'arrayFilters may not be specified for pipeline-style updates');
    }
    return finished(compilePipelineUpdate(update, environment), environment);
  }
  if (update.type !== BsonType.object) {
    throw new CommandError('FailedToParse', 'Update argument must be either an object or an array');
  }
  return finished(hasOperators(update) ? compileOperators(update, arrayFilters, environment) : compileReplacement(update, environment), environment);
}

/** A document is operators or a replacement as its first name tells. */
function hasOperators(update: RawValue): boolean {
  const reader = ElementReader.of(update);
  return reader.next() && reader.bytes[reader.nameStart] === 0x24;
}

function compileOperators(update: RawValue, arrayFilters: ArrayFilters, environment: QueryEnvironment): Core {
  const { root, isPositional } = parseOperators(update, arrayFilters, environment);
  return {
    kind: 'operators',
    needsArrayIndex: isPositional,
    apply: ({ document, arrayIndex, isInsert }) => applyTree(root, arrayFilters, { root: document, arrayIndex, isInsert, path: [] }),
    difference: (before, after) => operatorDifference(before, after, root),
  };
}

function compileReplacement(update: RawValue, environment: QueryEnvironment): Core {
  assertReplacement(update.document());
  const replacement = withTimestamps(update.document(), environment);
  return {
    kind: 'replacement',
    needsArrayIndex: false,
    apply: ({ document }) => replaceDocument(document, replacement),
    difference: () => undefined,
  };
}

function compilePipelineUpdate(update: RawValue, environment: QueryEnvironment): Core {
  const transform = compilePipelineTransform(update, environment);
  return {
    kind: 'pipeline',
    needsArrayIndex: false,
    apply: ({ document }) => replaceDocument(document, transform(document.document())),
    difference: smallestDifference,
  };
}

function finished(core: Core, environment: QueryEnvironment): Update {
  const baseOf = core.kind === 'replacement' ? upsertBaseOfReplacement : upsertBase;
  return {
    kind: core.kind,
    needsArrayIndex: core.needsArrayIndex,
    difference: core.difference,
    apply: (input) => applied(core, input, environment),
    upsertDocument: (filter) => {
      const base = baseOf(filter.node);
      const made = core.apply({ document: documentValue(base), arrayIndex: undefined, isInsert: true }) ?? base;
      const document = withIdFirst(made, environment);
      assertStorableId(getDocumentField(document, '_id')!);
      if (document.length > maxDocumentBytes) {
        throw new CommandError(17420, `Document to upsert is larger than ${maxDocumentBytes}`);
      }
      return document;
    },
  };
}

function applied(core: Core, input: UpdateInput, environment: QueryEnvironment): RawDocument | undefined {
  const document = core.apply(input);
  if (document === undefined) return undefined;
  if (document.length > maxDocumentBytes) {
    throw new CommandError(17419, `Resulting document after update is larger than ${maxDocumentBytes}`);
  }
  return withIdFirst(document, environment);
}
