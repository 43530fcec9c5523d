// Time-series collections: measurements, each a document of its own. A mongod packs them into buckets; what is inserted, found and
// removed is the same. There is no index on `_id`, so that it may repeat, and measurements are not changed.
// Source: the manual's page "Time Series Collections".
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { elements, getDocumentField } from '../../bson/reader.js';
import { BsonType, bsonTypeName } from '../../bson/types.js';
import { documentOf, int32Value, int64Value, stringValue } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import { emptyDocument } from '../../bson/writer.js';
import type { CollectionEntry, IndexEntry, WriteUnit } from '../../storage/units.js';
import { maxExpireAfter_s } from './index-options.js';
import { bucketFields } from './time-series-buckets.js';

const knownFields: ReadonlySet<string> = new Set(['timeField', 'metaField', 'granularity', 'bucketMaxSpanSeconds', 'bucketRoundingSeconds']);

function refuse(message: string): never {
  throw new CommandError('InvalidOptions', message);
}

function textOf(name: string, value: RawValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (value.type !== BsonType.string) {
    throw new CommandError('TypeMismatch', `BSON field 'create.timeseries.${name}' is the wrong type '${bsonTypeName(value.type) ?? 'unknown'}', expected type 'string'`);
  }
  return value.string();
}

function checkFieldName(name: string, field: string): void {
  if (field === '' || field.includes('.') || field.startsWith('$')) refuse(`'${name}' must be the name of a top-level field`);
  if (field === '_id' && name === 'metaField') refuse("The 'metaField' cannot be '_id'");
}

/** The option `timeseries` of `create` as the catalog keeps it; throws what MongoDB would. */
export function timeSeriesOption(specification: RawDocument): RawValue {
  const given = new Map(elements(documentValue(specification)));
  const unknown = [...given.keys()].find((name) => !knownFields.has(name));
  if (unknown !== undefined) throw new CommandError('Location40415', `BSON field 'create.timeseries.${unknown}' is an unknown field.`);
  const timeField = textOf('timeField', given.get('timeField'));
  if (timeField === undefined) throw new CommandError('Location40414', "BSON field 'create.timeseries.timeField' is missing but a required field");
  const metaField = textOf('metaField', given.get('metaField'));
  checkFieldName('timeField', timeField);
  if (metaField !== undefined) checkFieldName('metaField', metaField);
  if (metaField === timeField) refuse("The 'metaField' cannot be the same as the 'timeField'");
  const meta: [string, RawValue][] = metaField === undefined ? [] : [['metaField', stringValue(metaField)]];
  return documentValue(documentOf([['timeField', stringValue(timeField)], ...meta, ...bucketFields(given)]));
}

/** The name of the index by which measurements expire; clients do not see it. */
const expiryIndexName = 'expiry of measurements';

export function isExpiryIndex({ kind }: CollectionEntry, { name }: IndexEntry): boolean {
  return kind === 'timeseries' && name === expiryIndexName;
}

/** The index by which the measurements of a new collection expire, if they do. */
export function expiryIndex({ options }: CollectionEntry): Omit<IndexEntry, 'id' | 'multikey'> | undefined {
  const expireAfterSeconds = getDocumentField(options, 'expireAfterSeconds')?.number();
  if (expireAfterSeconds === undefined) return undefined;
  const key = documentOf([[timeFieldOf(options), int32Value(1)]]);
  return { name: expiryIndexName, key, unique: false, sparse: false, hidden: false, options: emptyDocument, expireAfterSeconds };
}

/** The index over metadata and time that every new collection with a `metaField` has, since MongoDB 6.3; it may be dropped. */
export function measurementsIndex({ options }: CollectionEntry): Omit<IndexEntry, 'id' | 'multikey'> | undefined {
  const metaField = getDocumentField(getDocumentField(options, 'timeseries')!.document(), 'metaField')?.string();
  if (metaField === undefined) return undefined;
  const timeField = timeFieldOf(options);
  const key = documentOf([[metaField, int32Value(1)], [timeField, int32Value(1)]]);
  return { name: `${metaField}_1_${timeField}_1`, key, unique: false, sparse: false, hidden: false, options: emptyDocument };
}

/** Seconds of `collMod`'s `expireAfterSeconds`; undefined for `off`. */
function expirySeconds(value: RawValue): number | undefined {
  if (value.type === BsonType.string && value.string() === 'off') return undefined;
  const seconds = value.number();
  if (seconds === undefined || !(seconds >= 0) || seconds > maxExpireAfter_s) return refuse("'expireAfterSeconds' must be a number of seconds within an acceptable range, or 'off'");
  return Math.trunc(seconds);
}

/** Lets measurements expire after so long, or no longer (`off`). Throws InvalidOptions for collections of other kinds. */
export function changeExpiry(unit: WriteUnit, collection: CollectionEntry, value: RawValue): void {
  const seconds = expirySeconds(value);
  if (collection.kind !== 'timeseries') refuse("'expireAfterSeconds' is only supported on time-series collections and on clustered collections that expire, which this server does not have");
  const others = [...elements(documentValue(collection.options))].filter(([name]) => name !== 'expireAfterSeconds');
  const options = documentOf(seconds === undefined ? others : [...others, ['expireAfterSeconds', int64Value(BigInt(seconds))]]);
  const changed = unit.setCollectionOptions(collection, options);
  const existing = changed.indexes.find((index) => isExpiryIndex(changed, index));
  const wanted = expiryIndex(changed);
  if (wanted === undefined) {
    if (existing !== undefined) unit.dropIndex(changed, existing.name);
  } else if (existing === undefined) {
    unit.createIndex(changed, wanted);
  } else {
    unit.setIndex(changed, { ...existing, ...wanted });
  }
}

function timeFieldOf(options: RawDocument): string {
  return getDocumentField(getDocumentField(options, 'timeseries')!.document(), 'timeField')!.string();
}

/** Throws BadValue (2) where the measurement has no time. */
export function checkMeasurement({ kind, options }: CollectionEntry, document: RawDocument): void {
  if (kind !== 'timeseries') return;
  const timeField = timeFieldOf(options);
  if (getDocumentField(document, timeField)?.type === BsonType.date) return;
  throw new CommandError('BadValue', `'${timeField}' must be present and contain a valid BSON UTC datetime value`);
}

/** Measurements stay as they were inserted. */
export function refuseChange({ kind }: CollectionEntry): void {
  if (kind === 'timeseries') refuse('Measurements of a time-series collection are not updated by this server; remove them and insert others');
}
