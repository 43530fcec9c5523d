// $changeStream and $changeStreamSplitLargeEvent: what they may say and where they may stand. The stream itself is the work of
// execution/change-streams. Source: the manual's pages "$changeStream (aggregation)" and "$changeStreamSplitLargeEvent".
import { BsonType, bsonTypeName } from '../../bson/types.js';
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import { elements, isEmptyDocument } from '../../bson/reader.js';
import { CommandError } from '../../errors.js';
import type { Stage } from '../stage.js';
import { mappingStage, streamStage } from './lazy.js';
import type { StageCompileContext } from './stage-compiler.js';

export const changeStreamStage = '$changeStream';
export const splitStage = '$changeStreamSplitLargeEvent';

const fullDocumentModes = ['default', 'updateLookup', 'whenAvailable', 'required'] as const;
const beforeChangeModes = ['off', 'whenAvailable', 'required'] as const;

export interface ChangeStreamOptions {
  readonly fullDocument: (typeof fullDocumentModes)[number];
  readonly fullDocumentBeforeChange: (typeof beforeChangeModes)[number];
  readonly resumeAfter: RawDocument | undefined;
  readonly startAfter: RawDocument | undefined;
  /** A timestamp's 64 bits. */
  readonly startAtOperationTime: bigint | undefined;
  readonly showExpandedEvents: boolean;
  readonly allChangesForCluster: boolean;
}

type Draft = { -readonly [Name in keyof ChangeStreamOptions]: ChangeStreamOptions[Name] };

const readers: Readonly<Record<string, (draft: Draft, value: RawValue, path: string) => void>> = {
  fullDocument: (draft, value, path) => {
    draft.fullDocument = oneOf(fullDocumentModes, value, path);
  },
  fullDocumentBeforeChange: (draft, value, path) => {
    draft.fullDocumentBeforeChange = oneOf(beforeChangeModes, value, path);
  },
  resumeAfter: (draft, value, path) => {
    draft.resumeAfter = typed(value, BsonType.object, path).document();
  },
  startAfter: (draft, value, path) => {
    draft.startAfter = typed(value, BsonType.object, path).document();
  },
  startAtOperationTime: (draft, value, path) => {
    draft.startAtOperationTime = typed(value, BsonType.timestamp, path).uint64();
  },
  showExpandedEvents: (draft, value, path) => {
    draft.showExpandedEvents = typed(value, BsonType.bool, path).boolean();
  },
  allChangesForCluster: (draft, value, path) => {
    draft.allChangesForCluster = typed(value, BsonType.bool, path).boolean();
  },
};

function typed(value: RawValue, type: BsonType, path: string): RawValue {
  if (value.type === type) return value;
  throw new CommandError('TypeMismatch', `BSON field '${path}' is the wrong type '${String(bsonTypeName(value.type))}', expected type '${String(bsonTypeName(type))}'`);
}

function oneOf<Mode extends string>(modes: readonly Mode[], value: RawValue, path: string): Mode {
  const text = typed(value, BsonType.string, path).string();
  const mode = modes.find((candidate) => candidate === text);
  if (mode === undefined) throw new CommandError('BadValue', `Enumeration value '${text}' for field '${path}' is not a valid value.`);
  return mode;
}

/** Throws MongoDB's code where an option is unknown, of the wrong type, or there are several places to begin at. */
export function parseChangeStream(specification: RawValue): ChangeStreamOptions {
  if (specification.type !== BsonType.object) {
    throw new CommandError(6188500, `the $changeStream stage specification must be an object, found ${String(bsonTypeName(specification.type))}`);
  }
  const draft: Draft = {
    fullDocument: 'default', fullDocumentBeforeChange: 'off', resumeAfter: undefined, startAfter: undefined, startAtOperationTime: undefined,
    showExpandedEvents: false, allChangesForCluster: false,
  };
  for (const [name, value] of elements(specification)) {
    if (!Object.hasOwn(readers, name)) throw new CommandError('Location40415', `BSON field '$changeStream.${name}' is an unknown field.`);
    readers[name]!(draft, value, `$changeStream.${name}`);
  }
  const starts = [draft.resumeAfter, draft.startAfter, draft.startAtOperationTime].filter((start) => start !== undefined);
  if (starts.length > 1) throw new CommandError(40674, 'Only one type of resume option is allowed, but multiple were found.');
  return draft;
}

export function compileChangeStream(specification: RawValue, { place }: StageCompileContext): Stage {
  parseChangeStream(specification);
  if (place === 'lookup') throw new CommandError(51047, "$changeStream is not allowed within a $lookup's sub-pipeline");
  if (place === 'unionWith') throw new CommandError(31441, "$changeStream is not allowed within a $unionWith's sub-pipeline");
  return streamStage(changeStreamStage, () => {
    throw new CommandError('OptionNotSupportedOnView', '$changeStream is only valid in the aggregate command, on a collection, a database or the whole deployment');
  });
}

export function compileSplitLargeEvent(specification: RawValue): Stage {
  if (specification.type !== BsonType.object || !isEmptyDocument(specification)) {
    throw new CommandError(7182800, '$changeStreamSplitLargeEvent spec should be an empty object');
  }
  return mappingStage(splitStage, (document) => document);
}
