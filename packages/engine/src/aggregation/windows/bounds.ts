// The `window` of a window function: which documents around each one belong to it, by position or by value.
// Source: the manual's page "$setWindowFields (aggregation)", "Window Operators".
import { add } from '../../bson/arithmetic.js';
import { asDouble } from '../../bson/conversion.js';
import { compareValues } from '../../bson/compare.js';
import { exactInteger, wholeNumber } from '../../bson/integers.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { arrayValues, elements } from '../../bson/reader.js';
import { int32Value, undefinedValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeValue } from '../describe-value.js';
import { instantValue, parseUnit, type TimeUnit } from '../expressions/date-operands.js';
import { addUnits } from '../expressions/date-steps.js';
import { typeNameOf } from '../expressions/operands.js';
import { utc } from '../expressions/time-zone.js';
import type { Partition, WindowContext } from './partition.js';

type Bound = 'unbounded' | 'current' | RawValue;

/** For each document the range [start, end) of documents in its window; both only ever grow from one to the next. */
export interface WindowBounds {
  readonly startsAtFirst: boolean;
  rangeOf(partition: Partition, index: number): { readonly start: number; readonly end: number };
}

const failed = (message: string): CommandError => new CommandError('FailedToParse', message);

const wholePartition: WindowBounds = { startsAtFirst: true, rangeOf: ({ documents }) => ({ start: 0, end: documents.length }) };

export function parseBounds(window: RawValue | undefined, context: WindowContext): WindowBounds {
  if (window === undefined) return wholePartition;
  if (window.type !== BsonType.object) throw failed("'window' field must be an object");
  const given = new Map(elements(window));
  const documents = given.get('documents');
  const range = given.get('range');
  const unit = given.get('unit');
  const isKnown = [...given.keys()].every((field) => field === 'documents' || field === 'range' || field === 'unit');
  if (given.size === 0) return wholePartition;
  if (!isKnown || (documents === undefined) === (range === undefined) || (unit !== undefined && range === undefined)) {
    throw failed("'window' field can only contain 'documents' as the only argument or 'range' with an optional 'unit' field");
  }
  return documents === undefined ? rangeBounds(range!, unit, context) : documentBounds(documents, context);
}

function pairOf(value: RawValue, context: WindowContext): readonly [Bound, Bound] {
  const items = value.type === BsonType.array ? arrayValues(value) : [];
  const [lower, upper] = items;
  if (lower === undefined || upper === undefined || items.length !== 2) throw failed(`Window bounds must be a 2-element array: ${describeValue(value)}`);
  return [boundOf(lower, context), boundOf(upper, context)];
}

function boundOf(value: RawValue, { expressions }: WindowContext): Bound {
  if (value.type === BsonType.string && !value.string().startsWith('$')) {
    const text = value.string();
    if (text === 'unbounded' || text === 'current') return text;
    throw failed("Window bounds must be 'unbounded', 'current', or a number.");
  }
  const { constant } = expressions.compile(value);
  if (constant === undefined || !isNumericType(constant.type)) throw failed("Window bounds expression must be a constant number.");
  return constant;
}

function documentBounds(value: RawValue, context: WindowContext): WindowBounds {
  const [lower, upper] = pairOf(value, context);
  const offsets = [positionOf(lower, Number.NEGATIVE_INFINITY), positionOf(upper, Number.POSITIVE_INFINITY)] as const;
  if (offsets[0] > offsets[1]) throw new CommandError(5339900, `Lower bound must not exceed upper bound: ${describeValue(value)}`);
  const isWhole = lower === 'unbounded' && upper === 'unbounded';
  if (!isWhole && context.order === undefined) throw new CommandError(5339901, "Document-based bounds require a sortBy");
  return {
    startsAtFirst: lower === 'unbounded',
    rangeOf: ({ documents }, index) => ({
      start: Math.min(Math.max(index + offsets[0], 0), documents.length),
      end: Math.min(Math.max(index + offsets[1] + 1, 0), documents.length),
    }),
  };
}

function positionOf(bound: Bound, unbounded: number): number {
  if (bound === 'unbounded') return unbounded;
  if (bound === 'current') return 0;
  const position = wholeNumber(bound);
  if (position === undefined) throw failed('Numeric document-based bounds must be an integer');
  return position;
}

function rangeBounds(value: RawValue, unit: RawValue | undefined, context: WindowContext): WindowBounds {
  const [lower, upper] = pairOf(value, context);
  const [least, greatest] = [distanceOf(lower, unit), distanceOf(upper, unit)];
  if (least !== undefined && greatest !== undefined && compareValues(least, greatest) > 0) {
    throw new CommandError(5339900, `Lower bound must not exceed upper bound: ${describeValue(value)}`);
  }
  const timeUnit = unit === undefined ? undefined : unitOf(unit);
  if (context.order?.onlyFieldNames === undefined) throw new CommandError(5339902, 'Range-based bounds require sortBy a single field');
  if (!context.order.isAscending) throw new CommandError(8947401, 'Range-based bounds require an ascending sortBy');
  return {
    startsAtFirst: lower === 'unbounded',
    rangeOf: (partition, index) => ({
      start: lower === 'unbounded' ? 0 : firstIndex(partition, shifted(partition, index, lower, timeUnit), 0),
      end: upper === 'unbounded' ? partition.documents.length : firstIndex(partition, shifted(partition, index, upper, timeUnit), 1),
    }),
  };
}

/** How far a bound is from the document; undefined where it has no limit. */
function distanceOf(bound: Bound, unit: RawValue | undefined): RawValue | undefined {
  if (bound === 'unbounded') return undefined;
  if (bound === 'current') return int32Value(0);
  if (unit !== undefined && exactInteger(bound) === undefined) throw failed("With 'unit', range-based bounds must be an integer");
  return bound;
}

function unitOf(unit: RawValue): TimeUnit {
  if (unit.type !== BsonType.string) throw failed("'unit' must be a string");
  return parseUnit(unit.string());
}

/** The value so far from this document's own. */
function shifted(partition: Partition, index: number, bound: RawValue | 'current', unit: TimeUnit | undefined): RawValue {
  const own = partition.sortValue(index) ?? undefinedValue;
  if (unit !== undefined) {
    if (own.type !== BsonType.date) throw new CommandError(5429513, `Invalid range: Expected the sortBy field to be a Date, but it was ${typeNameOf(own)}`);
    if (bound === 'current') return own;
    return instantValue(addUnits(Number(own.int64()), unit, asDouble(bound), utc));
  }
  if (own.type === BsonType.date) throw new CommandError(5429413, "Invalid range: For windows that involve date or time ranges, a unit must be provided.");
  if (!isNumericType(own.type)) throw new CommandError(5429414, `Invalid range: Expected the sortBy field to be a number, but it was ${typeNameOf(own)}`);
  return bound === 'current' ? own : add(own, bound);
}

/** The first document whose value is not below the limit (`beyond` 0), or is above it (`beyond` 1). */
function firstIndex(partition: Partition, limit: RawValue, beyond: 0 | 1): number {
  let low = 0;
  let high = partition.documents.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareValues(partition.sortValue(middle) ?? undefinedValue, limit);
    if (order < 0 || (order === 0 && beyond === 1)) low = middle + 1;
    else high = middle;
  }
  return low;
}
