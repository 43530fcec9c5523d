// What an update operator is to the tree that applies it: it changes the value at one path, or makes one where there is none.
import { describeValue } from '../../aggregation/describe-value.js';
import type { RawValue } from '../../bson/raw-value.js';
import { getField } from '../../bson/reader.js';
import type { QueryEnvironment } from '../environment.js';

/** The value in the way, and the first name that cannot be followed into it. */
export interface Blocking {
  readonly name: string;
  readonly value: RawValue;
  readonly part: string;
}

/** What stays the same while one update runs over one document, and where the walk stands. */
export interface UpdateScope {
  /** The document as it was: operators that read another field (`$rename`) and error texts look here. */
  readonly root: RawValue;
  readonly isInsert: boolean;
  /** What the positional `$` stands for. */
  readonly arrayIndex: number | undefined;
  /** Names from the root to the field that is being changed. */
  readonly path: string[];
}

/** One operator on one path, e.g. `{$inc: {a: 1}}`, compiled. */
export interface FieldOperator {
  /** The new value; `current` itself (the same object) where nothing changes; undefined takes the field away. */
  change(current: RawValue, scope: UpdateScope): RawValue | undefined;
  /** The value for a field that does not exist; undefined leaves it so. */
  create(scope: UpdateScope): RawValue | undefined;
  /** It adds elements to the end of an array and does nothing else: then the oplog tells of those alone. */
  readonly appends?: boolean;
  /** For operators that refuse a path that a scalar or an array stands in the way of, though they would create nothing. */
  refuseBlocked?(scope: UpdateScope, blocking: Blocking): void;
}

/** Compiles the operand of one operator on one field. Throws CommandError with MongoDB's words. */
export type OperatorFactory = (operand: RawValue, fieldPath: string, environment: QueryEnvironment) => FieldOperator;

/** `name: value`, as the server's messages print an element. */
export function describeElement(name: string, value: RawValue): string {
  return `${name}: ${describeValue(value)}`;
}

/** `_id: 1` of the document, for messages that say which document failed. */
export function describeId(root: RawValue): string {
  const id = getField(root, '_id');
  return id === undefined ? 'no id' : describeElement('_id', id);
}
