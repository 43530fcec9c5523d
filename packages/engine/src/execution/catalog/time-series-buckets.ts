// What spans of time a time-series collection's buckets have. The engine has no buckets; tools ask for their span and widen it.
// Source: the manual's pages "Time Series Collections" and "collMod", "Modify Time Series".
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { elements, getDocumentField } from '../../bson/reader.js';
import { BsonType, bsonTypeName } from '../../bson/types.js';
import { documentOf, int32Value, stringValue } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import type { CollectionEntry } from '../../storage/units.js';

/** Seconds that a bucket of a mongod spans, by granularity. */
const spans_s: Readonly<Record<string, number>> = { seconds: 3600, minutes: 86_400, hours: 2_592_000 };
const maxSpan_s = 31_536_000;

type Given = ReadonlyMap<string, RawValue>;

function refuse(message: string): never {
  throw new CommandError('InvalidOptions', message);
}

function spanOfGranularity(granularity: RawValue): number {
  if (granularity.type !== BsonType.string) {
    throw new CommandError('TypeMismatch', `BSON field 'timeseries.granularity' is the wrong type '${bsonTypeName(granularity.type) ?? 'unknown'}', expected type 'string'`);
  }
  const name = granularity.string();
  const span_s = Object.hasOwn(spans_s, name) ? spans_s[name] : undefined;
  if (span_s === undefined) throw new CommandError('BadValue', `Enumeration value '${name}' for field 'timeseries.granularity' is not a valid value.`);
  return span_s;
}

function customSpan(span: RawValue | undefined, rounding: RawValue | undefined): RawValue {
  if (span === undefined || rounding === undefined || span.number() !== rounding.number()) {
    return refuse("Timeseries 'bucketMaxSpanSeconds' and 'bucketRoundingSeconds' need to be set to the same value");
  }
  const seconds = span.number();
  if (seconds === undefined || !Number.isInteger(seconds) || seconds < 1 || seconds > maxSpan_s) {
    throw new CommandError('BadValue', `BSON field 'timeseries.bucketMaxSpanSeconds' value must be >= 1 and <= ${maxSpan_s}`);
  }
  return span;
}

/** The fields for buckets of these options: a granularity, or two spans that are the same; neither is `seconds`. */
export function bucketFields(given: Given): [string, RawValue][] {
  const granularity = given.get('granularity');
  const [span, rounding] = [given.get('bucketMaxSpanSeconds'), given.get('bucketRoundingSeconds')];
  const chosen = granularity ?? stringValue('seconds');
  // Catalogs show the span beside the granularity that it is of, and restores give both.
  const isOfGranularity = rounding === undefined && (span === undefined || (granularity !== undefined && span.number() === spanOfGranularity(granularity)));
  if (isOfGranularity) return [['granularity', chosen], ['bucketMaxSpanSeconds', int32Value(spanOfGranularity(chosen))]];
  if (granularity !== undefined) refuse("Timeseries 'granularity' is not allowed with 'bucketMaxSpanSeconds' and 'bucketRoundingSeconds' of another span");
  const custom = customSpan(span, rounding);
  return [['bucketRoundingSeconds', custom], ['bucketMaxSpanSeconds', custom]];
}

const changeable: ReadonlySet<string> = new Set(['granularity', 'bucketMaxSpanSeconds', 'bucketRoundingSeconds']);

/** The option `timeseries` as `collMod` makes it. Throws InvalidOptions where buckets would span less than they do. */
export function changedBuckets({ options }: CollectionEntry, change: RawDocument): RawValue {
  const given = new Map(elements(documentValue(change)));
  for (const name of given.keys()) {
    if (!changeable.has(name)) throw new CommandError('Location40415', `BSON field 'collMod.timeseries.${name}' is an unknown field.`);
  }
  const current = getDocumentField(options, 'timeseries')!;
  if (given.size === 0) return current;
  const kept = [...elements(current)].filter(([name]) => !changeable.has(name));
  const fields = bucketFields(given);
  const before_s = new Map(elements(current)).get('bucketMaxSpanSeconds')?.number() ?? spans_s['seconds']!;
  const after_s = new Map(fields).get('bucketMaxSpanSeconds')!.number()!;
  if (after_s < before_s) {
    refuse(given.has('granularity')
      ? "Invalid transition for timeseries.granularity. Can only transition from 'seconds' to 'minutes' or 'minutes' to 'hours'."
      : "Invalid transition: 'bucketMaxSpanSeconds' and 'bucketRoundingSeconds' may only become larger");
  }
  return documentValue(documentOf([...kept, ...fields]));
}
