// Compiles a projection for find, findAndModify and the stage $project. Rules of the specification: parse-projection.ts.
import type { Scope } from '../../aggregation/expression.js';
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import { BsonType } from '../../bson/types.js';
import { arrayValue } from '../../bson/values.js';
import { DocumentWriter } from '../../bson/writer.js';
import { CommandError } from '../../errors.js';
import type { QueryEnvironment } from '../environment.js';
import { fieldOf } from '../path.js';
import { parseProjection, type ParsedProjection, type ProjectionLanguage } from './parse-projection.js';
import type { Projection } from './projection.js';
import { treeDependencies } from './projection-tree.js';
import { rewriteArrays } from './rewrite-array.js';
import { sliceArray } from './slice.js';
import { compileLevel, writeIncluded, writeRemaining } from './write-level.js';

const noVariables: ReadonlyMap<string, RawValue | undefined> = new Map();

function scopeOf(document: RawValue): Scope {
  return { root: document, current: document, variables: noVariables };
}

function elementAt(array: RawValue, arrayIndex: number | undefined): RawValue {
  if (arrayIndex === undefined) throw new CommandError(51246, "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array");
  const element = fieldOf(array, Buffer.from(String(arrayIndex)));
  if (element === undefined) throw new CommandError(51247, "Executor error during find command :: caused by :: positional operator '.$' element mismatch");
  return arrayValue([element]);
}

/** What find's operators do after the fields were chosen. */
function applyFindOperators(parsed: ParsedProjection, document: RawDocument, arrayIndex: number | undefined): RawDocument {
  let result = document;
  for (const { names, slice } of parsed.slices) result = rewriteArrays(result, names, 'at-end', (array) => sliceArray(array, slice));
  if (parsed.positionalPath === undefined) return result;
  return rewriteArrays(result, parsed.positionalPath, 'first-met', (array) => elementAt(array, arrayIndex));
}

function compile(specification: RawDocument, language: ProjectionLanguage, environment: QueryEnvironment): Projection {
  const parsed = parseProjection(specification, language, environment);
  const level = compileLevel(parsed.tree);
  const isInclusion = parsed.kind === 'inclusion';
  const hasFindOperators = parsed.slices.length > 0 || parsed.positionalPath !== undefined;
  const write = isInclusion ? writeIncluded : writeRemaining;
  return {
    dependencies: isInclusion ? treeDependencies(parsed.tree) : undefined,
    needsArrayIndex: parsed.positionalPath !== undefined,
    apply: (document, arrayIndex) => {
      const writer = new DocumentWriter(document.type === BsonType.object ? document.end - document.start + 16 : undefined);
      write(writer, document, level, scopeOf(document));
      const result = writer.finish();
      return hasFindOperators ? applyFindOperators(parsed, result, arrayIndex) : result;
    },
  };
}

/** The projection of find and findAndModify, or CommandError with MongoDB's code. `{}` keeps the document as it is. */
export function compileProjection(specification: RawDocument, environment: QueryEnvironment): Projection {
  return compile(specification, 'find', environment);
}

/** The projection of the stage `$project`, which knows neither positional `$` nor find's `$slice` and `$elemMatch`. */
export function compileProjectStage(specification: RawDocument, environment: QueryEnvironment): Projection {
  return compile(specification, 'stage', environment);
}
