// `collMod`. Source: the manual's page "collMod".
import { documentValue, type RawDocument, type RawValue } from '../bson/raw-value.js';
import { elements } from '../bson/reader.js';
import { BsonType } from '../bson/types.js';
import { arrayValue, documentOf, int64Value, stringValue } from '../bson/values.js';
import { DocumentWriter, emptyDocument } from '../bson/writer.js';
import { checkValidation, viewStages, wantsImages } from '../execution/catalog/collection-options.js';
import { becomesUnique, changedIndex, findIndex, parseIndexChange, type IndexChange } from '../execution/catalog/index-changes.js';
import { checkNoDuplicates } from '../execution/catalog/index-duplicates.js';
import { isCapped } from '../execution/catalog/statistics.js';
import { changedBuckets } from '../execution/catalog/time-series-buckets.js';
import { changeExpiry } from '../execution/catalog/time-series.js';
import { checkViewCycle } from '../execution/catalog/view-cycle.js';
import { authorizeView } from '../execution/reads/run-pipeline.js';
import { checkWritable } from '../execution/writes/write-target.js';
import { defineCommand } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';
import type { ParsedFields } from '../dispatch/fields.js';
import { CommandError } from '../errors.js';
import type { CollectionEntry, ReadUnit, WriteUnit } from '../storage/units.js';

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
  expireAfterSeconds: 'any',
  dryRun: 'boolean',
  timeseries: 'object',
} as const;

type Fields = ParsedFields<typeof fields>;

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
  if (parsed.cappedSize !== undefined) changes.set('size', int64Value(BigInt(Math.ceil(parsed.cappedSize / 256) * 256)));
  if (parsed.cappedMax !== undefined) changes.set('max', int64Value(BigInt(Math.trunc(parsed.cappedMax))));
  const images = wantsImages(parsed);
  if (images !== undefined) changes.set('changeStreamPreAndPostImages', documentValue(images ? parsed.changeStreamPreAndPostImages! : emptyDocument));
  if (parsed.viewOn !== undefined) changes.set('viewOn', stringValue(parsed.viewOn));
  if (parsed.pipeline !== undefined) changes.set('pipeline', arrayValue(parsed.pipeline));
  return changes;
}

function checkRequest(parsed: Fields): void {
  if (parsed.cappedSize !== undefined && !(parsed.cappedSize > 0)) throw new CommandError('BadValue', `BSON field 'collMod.cappedSize' value must be > 0, actual value '${parsed.cappedSize}'`);
  if (parsed.viewOn === undefined && parsed.pipeline !== undefined) throw new CommandError('InvalidOptions', "Must specify both 'viewOn' and 'pipeline' when modifying a view");
  checkValidation(parsed);
}

function checkKind(entry: CollectionEntry, parsed: Fields): void {
  const isViewChange = parsed.viewOn !== undefined;
  if (entry.kind === 'view' && (!isViewChange || parsed.changeStreamPreAndPostImages !== undefined)) throw new CommandError('InvalidOptions', `option not supported on a view`);
  if ((parsed.cappedSize ?? parsed.cappedMax) !== undefined && !isCapped(entry)) throw new CommandError('InvalidOptions', 'option only supported on a capped collection: cappedSize, cappedMax');
  if (parsed.timeseries !== undefined && entry.kind !== 'timeseries') throw new CommandError('InvalidOptions', 'option only supported on a time-series collection: timeseries');
  if (entry.kind !== 'view' && isViewChange) throw new CommandError('InvalidOptions', `option only supported on a view: viewOn`);
}

/** A dry run is there for one change: of an index that is to become unique. */
function checkDryRun(parsed: Fields, change: IndexChange | undefined): void {
  if (parsed.dryRun !== true) return;
  const isAlone = change?.unique === true && change.hidden === undefined && change.expireAfter_s === undefined && change.prepareUnique === undefined;
  const others = Object.keys(parsed).some((name) => !['collMod', 'index', 'dryRun'].includes(name));
  if (!isAlone || others) throw new CommandError('InvalidOptions', 'collMod: a dry run takes the change of an index to a unique one, and nothing else');
}

function existingCollection(unit: ReadUnit, database: string, name: string): CollectionEntry {
  const entry = unit.collection(database, name);
  if (entry === undefined) throw new CommandError('NamespaceNotFound', `ns does not exist: ${database}.${name}`);
  return entry;
}

/** Before an index becomes unique all of it is looked at. Throws CannotConvertIndexToUnique with what repeats. */
async function checkConversion(context: CommandContext, name: string, change: IndexChange): Promise<void> {
  const { entry, index } = context.read((unit) => {
    const found = existingCollection(unit, context.database, name);
    return { entry: found, index: findIndex(found, change) };
  });
  if (becomesUnique(index, change)) await checkNoDuplicates(context, entry, index);
}

function applyChanges(unit: WriteUnit, context: CommandContext, parsed: Fields, change: IndexChange | undefined): RawDocument {
  const { database } = context;
  const entry = existingCollection(unit, database, parsed.collMod);
  checkKind(entry, parsed);
  const reply = new DocumentWriter();
  if (parsed.viewOn !== undefined) checkViewCycle(unit, database, parsed.collMod, parsed.viewOn);
  const changes = optionChanges(parsed);
  if (parsed.timeseries !== undefined) changes.set('timeseries', changedBuckets(entry, parsed.timeseries));
  const isIndexChange = changes.size === 0 && change !== undefined;
  const changed = isIndexChange ? entry : unit.setCollectionOptions(entry, withOptions(entry.options, changes));
  if (change !== undefined) unit.setIndex(changed, changedIndex(findIndex(changed, change), change, reply));
  if (parsed.expireAfterSeconds !== undefined) changeExpiry(unit, changed, parsed.expireAfterSeconds);
  return reply.finish();
}

export const collMod = defineCommand({
  name: 'collMod',
  help: 'Changes options of a collection, a view or an index.',
  fields,
  access: { kind: 'privileges', required: ({ collMod: collection }, database) => [{ resource: { database, collection }, actions: ['collMod'] }] },
  stableApi: true,
  async run(parsed, context) {
    checkWritable(context.database, parsed.collMod);
    checkRequest(parsed);
    if (parsed.viewOn !== undefined) authorizeView(context, parsed.viewOn, viewStages(parsed.pipeline));
    const change = parsed.index === undefined ? undefined : parseIndexChange(parsed.index);
    checkDryRun(parsed, change);
    if (change?.unique === true) await checkConversion(context, parsed.collMod, change);
    if (parsed.dryRun === true) return emptyDocument;
    return context.write((unit) => applyChanges(unit, context, parsed, change));
  },
});
