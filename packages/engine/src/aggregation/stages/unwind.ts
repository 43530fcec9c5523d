// $unwind. Source: the manual's page "$unwind (aggregation)".
import { BsonType } from '../../bson/types.js';
import { ElementReader, elements, getFieldByBytes, isEmptyDocument } from '../../bson/reader.js';
import { int64Value, nullValue } from '../../bson/values.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { encodeNames, splitFieldPath } from '../expressions/field-path.js';
import { typeNameOf } from '../expressions/operands.js';
import { pause, type Stage } from '../stage.js';
import { setPath } from './set-path.js';
import { streamStage } from './lazy.js';

/** One document may become millions, none of which need reach the client. */
const pauseEvery = 256;

interface UnwindOptions {
  readonly path: readonly string[];
  readonly preservesEmpty: boolean;
  readonly indexPath: readonly string[] | undefined;
}

export function compileUnwind(specification: RawValue): Stage {
  const options = parseUnwind(specification);
  const names = encodeNames(options.path);
  return streamStage('$unwind', function* (input, { pauses }) {
    let made = 0;
    for (const document of input) {
      if (document === pause) {
        yield pause;
        continue;
      }
      for (const unwound of unwindDocument(document, names, options)) {
        yield unwound;
        made += 1;
        if (pauses === true && made % pauseEvery === 0) yield pause;
      }
    }
  }, { passesPauses: true });
}

function* unwindDocument(document: RawDocument, names: readonly Buffer[], options: UnwindOptions): Generator<RawDocument> {
  const value = fieldAt(documentValue(document), names);
  const isGone = value === undefined || value.isNullish() || (value.type === BsonType.array && isEmptyDocument(value));
  if (isGone) {
    if (!options.preservesEmpty) return;
    const emptied = value?.type === BsonType.array ? setPath(document, options.path, undefined) : document;
    yield withIndex(emptied, options, nullValue);
  } else if (value.type === BsonType.array) {
    const reader = ElementReader.of(value);
    let index = 0n;
    while (reader.next()) {
      yield withIndex(setPath(document, options.path, reader.value()), options, int64Value(index));
      index += 1n;
    }
  } else {
    yield withIndex(document, options, nullValue);
  }
}

function withIndex(document: RawDocument, options: UnwindOptions, index: RawValue): RawDocument {
  return options.indexPath === undefined ? document : setPath(document, options.indexPath, index);
}

/** The value at the path; a path through an array is not there to be unwound. */
function fieldAt(document: RawValue, names: readonly Buffer[]): RawValue | undefined {
  let value: RawValue | undefined = document;
  for (const name of names) {
    if (value?.type !== BsonType.object) return undefined;
    value = getFieldByBytes(value, name);
  }
  return value;
}

function parseUnwind(specification: RawValue): UnwindOptions {
  if (specification.type === BsonType.string) {
    return { path: parsePrefixedPath(specification.string()), preservesEmpty: false, indexPath: undefined };
  }
  if (specification.type !== BsonType.object) {
    throw new CommandError(15981, `expected either a string or an object as specification for $unwind stage, got ${typeNameOf(specification)}`);
  }
  let path: readonly string[] | undefined;
  let preservesEmpty = false;
  let indexPath: readonly string[] | undefined;
  for (const [field, value] of elements(specification)) {
    if (field === 'path') {
      if (value.type !== BsonType.string) throw new CommandError(28808, `expected a string as the path for $unwind stage, got ${typeNameOf(value)}`);
      path = parsePrefixedPath(value.string());
    } else if (field === 'preserveNullAndEmptyArrays') {
      if (value.type !== BsonType.bool) {
        throw new CommandError(28809, `expected a boolean for the preserveNullAndEmptyArrays option to $unwind stage, got ${typeNameOf(value)}`);
      }
      preservesEmpty = value.boolean();
    } else if (field === 'includeArrayIndex') {
      indexPath = parseIndexPath(value);
    } else {
      throw new CommandError(28811, `unrecognized option to $unwind stage: ${field}`);
    }
  }
  if (path === undefined) throw new CommandError(28812, 'no path specified to $unwind stage');
  return { path, preservesEmpty, indexPath };
}

function parseIndexPath(value: RawValue): readonly string[] {
  if (value.type !== BsonType.string || value.string() === '') {
    throw new CommandError(28810, `expected a non-empty string for the includeArrayIndex  option to $unwind stage, got ${typeNameOf(value)}`);
  }
  const path = value.string();
  if (path.startsWith('$')) throw new CommandError(28822, `includeArrayIndex option to $unwind stage should not be prefixed with a '$': ${path}`);
  return splitFieldPath(path);
}

function parsePrefixedPath(path: string): readonly string[] {
  if (path === '') throw new CommandError(28812, 'no path specified to $unwind stage');
  if (!path.startsWith('$')) throw new CommandError(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`);
  return splitFieldPath(path.slice(1));
}
