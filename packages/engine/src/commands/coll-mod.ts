// `collMod`. Source: the manual's page "collMod".
import { documentValue, type RawDocument, type RawValue } from '../bson/raw-value.js';
import { elements } from '../bson/reader.js';
import { BsonType, isNumericType } from '../bson/types.js';
import { arrayValue, documentOf, int64Value, stringValue } from '../bson/values.js';
import { DocumentWriter, emptyDocument } from '../bson/writer.js';
import { checkValidation, viewStages, wantsImages } from '../execution/catalog/collection-options.js';
import { checkViewCycle } from '../execution/catalog/view-cycle.js';
import { sameKeyPattern } from '../execution/hint.js';
import { authorizeView } from '../execution/reads/run-pipeline.js';
import { checkWritable } from '../execution/writes/write-target.js';
import { defineCommand } from '../dispatch/command.js';
import type { ParsedFields } from '../dispatch/fields.js';
import { CommandError } from '../errors.js';
import type { CollectionEntry, IndexEntry, WriteUnit } from '../storage/units.js';

const fields = {
  collMod: { kind: 'string', required: true },
  index: 'object',
  validator: 'object',
  validationLevel: 'string',
  validationAction: 'string',
  viewOn: 'string',
  pipeline: 'array',
  cappedSize: 'number',
  cappedMax: 'number',
  changeStreamPreAndPostImages: 'object',
  // What the engine has none of.
  expireAfterSeconds: 'any',
  timeseries: 'object',
  dryRun: 'boolean',
} as const;

type Fields = ParsedFields<typeof fields>;

interface IndexChange {
  readonly name: string | undefined;
  readonly keyPattern: RawDocument | undefined;
  readonly expireAfter_s: number | undefined;
  readonly hidden: boolean | undefined;
}

function parseIndexChange(specification: RawDocument): IndexChange {
  const given = new Map(elements(documentValue(specification)));
  for (const name of given.keys()) {
    if (name === 'unique' || name === 'prepareUnique') throw new CommandError('InvalidOptions', `collMod: the index option '${name}' is not supported by this server`);
    if (!['name', 'keyPattern', 'expireAfterSeconds', 'hidden'].includes(name)) throw new CommandError('Location40415', `BSON field 'collMod.index.${name}' is an unknown field.`);
  }
  const name = given.get('name');
  const keyPattern = given.get('keyPattern');
  if (name === undefined && keyPattern === undefined) throw new CommandError('InvalidOptions', 'must specify either index name or key pattern');
  if (name !== undefined && keyPattern !== undefined) throw new CommandError('InvalidOptions', 'Cannot specify both key pattern and name.');
  if (!given.has('expireAfterSeconds') && !given.has('hidden')) throw new CommandError('InvalidOptions', 'no expireAfterSeconds, hidden, unique, or prepareUnique field');
  const hidden = given.get('hidden');
  return {
    name: name?.string(),
    keyPattern: keyPattern?.document(),
    expireAfter_s: given.get('expireAfterSeconds')?.number(),
    hidden: hidden === undefined ? undefined : isNumericType(hidden.type) ? hidden.number() !== 0 : hidden.boolean(),
  };
}

function findIndex({ indexes, database, name }: CollectionEntry, change: IndexChange): IndexEntry {
  const found = indexes.find((index) => (change.name === undefined ? sameKeyPattern(index.key, change.keyPattern!) : index.name === change.name));
  if (found === undefined) throw new CommandError('IndexNotFound', `cannot find index ${change.name ?? 'by key pattern'} for ns ${database}.${name}`);
  return found;
}

function checkExpiry(index: IndexEntry, seconds: number): void {
  const fieldCount = [...elements(documentValue(index.key))].length;
  if (fieldCount !== 1 || index.name === '_id_') throw new CommandError('InvalidOptions', 'TTL indexes are single-field indexes, compound indexes do not support TTL');
  if (!(seconds >= 0) || seconds > 2_147_483_647) throw new CommandError('InvalidOptions', "TTL index 'expireAfterSeconds' option must be within an acceptable range");
}

function changeIndex(unit: WriteUnit, collection: CollectionEntry, change: IndexChange, writer: DocumentWriter): CollectionEntry {
  const index = findIndex(collection, change);
  let changed = index;
  if (change.expireAfter_s !== undefined) {
    checkExpiry(index, change.expireAfter_s);
    if (index.expireAfterSeconds !== undefined) writer.append('expireAfterSeconds_old', int64Value(BigInt(index.expireAfterSeconds)));
    writer.append('expireAfterSeconds_new', int64Value(BigInt(Math.trunc(change.expireAfter_s))));
    changed = { ...changed, expireAfterSeconds: Math.trunc(change.expireAfter_s) };
  }
  if (change.hidden !== undefined) {
    if (index.name === '_id_') throw new CommandError('BadValue', "can't hide _id index");
    writer.boolean('hidden_old', index.hidden).boolean('hidden_new', change.hidden);
    changed = { ...changed, hidden: change.hidden };
  }
  return unit.setIndex(collection, changed);
}

/** The options with these put in the place of the old ones; a validator of `{}` goes away. */
function withOptions(options: RawDocument, changes: ReadonlyMap<string, RawValue>): RawDocument {
  const merged = new Map(elements(documentValue(options)));
  for (const [name, value] of changes) {
    if (value.type === BsonType.object && value.end - value.start === 5) merged.delete(name);
    else merged.set(name, value);
  }
  return documentOf(merged);
}

function optionChanges(parsed: Fields): Map<string, RawValue> {
  const changes = new Map<string, RawValue>();
  if (parsed.validator !== undefined) changes.set('validator', documentValue(parsed.validator));
  if (parsed.validationLevel !== undefined) changes.set('validationLevel', stringValue(parsed.validationLevel));
  if (parsed.validationAction !== undefined) changes.set('validationAction', stringValue(parsed.validationAction));
  if (parsed.cappedSize !== undefined) changes.set('size', int64Value(BigInt(Math.ceil(parsed.cappedSize))));
  if (parsed.cappedMax !== undefined) changes.set('max', int64Value(BigInt(Math.trunc(parsed.cappedMax))));
  const images = wantsImages(parsed);
  if (images !== undefined) changes.set('changeStreamPreAndPostImages', documentValue(images ? parsed.changeStreamPreAndPostImages! : emptyDocument));
  if (parsed.viewOn !== undefined) changes.set('viewOn', stringValue(parsed.viewOn));
  if (parsed.pipeline !== undefined) changes.set('pipeline', arrayValue(parsed.pipeline));
  return changes;
}

function checkRequest(parsed: Fields): void {
  for (const name of ['expireAfterSeconds', 'timeseries', 'dryRun'] as const) {
    if (parsed[name] !== undefined) throw new CommandError('InvalidOptions', `collMod: '${name}' is not supported by this server`);
  }
  if (parsed.viewOn === undefined && parsed.pipeline !== undefined) throw new CommandError('InvalidOptions', "Must specify both 'viewOn' and 'pipeline' when modifying a view");
  checkValidation(parsed);
}

function checkKind(entry: CollectionEntry, parsed: Fields): void {
  const isViewChange = parsed.viewOn !== undefined;
  if (entry.kind === 'view' && (!isViewChange || parsed.changeStreamPreAndPostImages !== undefined)) throw new CommandError('InvalidOptions', `option not supported on a view`);
  if (entry.kind !== 'view' && isViewChange) throw new CommandError('InvalidOptions', `option only supported on a view: viewOn`);
}

export const collMod = defineCommand({
  name: 'collMod',
  help: 'Changes options of a collection, a view or an index.',
  fields,
  access: { kind: 'privileges', required: ({ collMod: collection }, database) => [{ resource: { database, collection }, actions: ['collMod'] }] },
  stableApi: true,
  async run(parsed, context) {
    const { database } = context;
    const name = parsed.collMod;
    checkWritable(database, name);
    checkRequest(parsed);
    if (parsed.viewOn !== undefined) authorizeView(context, parsed.viewOn, viewStages(parsed.pipeline));
    const change = parsed.index === undefined ? undefined : parseIndexChange(parsed.index);
    const changes = optionChanges(parsed);
    return context.write((unit) => {
      const entry = unit.collection(database, name);
      if (entry === undefined) throw new CommandError('NamespaceNotFound', `ns does not exist: ${database}.${name}`);
      checkKind(entry, parsed);
      const writer = new DocumentWriter();
      if (parsed.viewOn !== undefined) checkViewCycle(unit, database, name, parsed.viewOn);
      const isIndexChange = changes.size === 0 && change !== undefined;
      const changed = isIndexChange ? entry : unit.setCollectionOptions(entry, withOptions(entry.options, changes));
      if (change !== undefined) changeIndex(unit, changed, change, writer);
      return writer.finish();
    });
  },
});
