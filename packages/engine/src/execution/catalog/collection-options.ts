// Options of `create`, checked. They are kept in the catalog as they were given, for `listCollections` to show.
// Source: the manual's page "create".
import { describeCollation, parseCollation } from '../../bson/collation.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { elements, getDocumentField } from '../../bson/reader.js';
import { BsonType, bsonTypeName } from '../../bson/types.js';
import { arrayValue, booleanValue, documentOf, int32Value, int64Value, stringValue } from '../../bson/values.js';
import { compilePipeline } from '../../aggregation/stages/compile-pipeline.js';
import { CommandError } from '../../errors.js';
import { compileFilter } from '../../query/match/compile-filter.js';
import { constantEnvironment } from '../environment.js';
import type { CollectionEntry } from '../../storage/units.js';
import { clusteredIndexOption } from './clustered-index.js';
import { timeSeriesOption } from './time-series.js';

export interface CreateOptions {
  readonly capped?: boolean | undefined;
  readonly size?: number | undefined;
  readonly max?: number | undefined;
  readonly validator?: RawDocument | undefined;
  readonly validationLevel?: string | undefined;
  readonly validationAction?: string | undefined;
  readonly viewOn?: string | undefined;
  readonly pipeline?: readonly RawValue[] | undefined;
  readonly collation?: RawDocument | undefined;
  readonly timeseries?: RawDocument | undefined;
  readonly clusteredIndex?: RawValue | undefined;
  readonly changeStreamPreAndPostImages?: RawDocument | undefined;
  readonly expireAfterSeconds?: number | undefined;
  readonly encryptedFields?: RawDocument | undefined;
  readonly storageEngine?: RawDocument | undefined;
  readonly indexOptionDefaults?: RawDocument | undefined;
}

function refuse(message: string): never {
  throw new CommandError('InvalidOptions', message);
}

const levels: ReadonlySet<string> = new Set(['off', 'strict', 'moderate']);
const actions: ReadonlySet<string> = new Set(['error', 'warn', 'errorAndLog']);

/** Checks what both `create` and `collMod` take. */
export function checkValidation({ validator, validationLevel, validationAction }: Pick<CreateOptions, 'validator' | 'validationLevel' | 'validationAction'>): void {
  if (validator !== undefined) compileFilter(validator, constantEnvironment);
  if (validationLevel !== undefined && !levels.has(validationLevel)) {
    throw new CommandError('BadValue', `Enumeration value '${validationLevel}' for field 'validationLevel' is not a valid value.`);
  }
  if (validationAction !== undefined && !actions.has(validationAction)) {
    throw new CommandError('BadValue', `Enumeration value '${validationAction}' for field 'validationAction' is not a valid value.`);
  }
}

/** Options of `create` that MongoDB has, and what the engine has not; docs/engine.md lists them from here. */
export const unsupportedCollectionOptions = {
  encryptedFields: 'encrypted collections',
} as const;

function refuseUnsupported(options: CreateOptions): void {
  for (const [name, what] of Object.entries(unsupportedCollectionOptions)) {
    if (options[name as keyof typeof unsupportedCollectionOptions] !== undefined) refuse(`create: '${name}' is not supported by this server, which has no ${what}`);
  }
  if (options.expireAfterSeconds !== undefined && options.timeseries === undefined) {
    refuse(options.clusteredIndex === undefined
      ? "'expireAfterSeconds' is only supported on time-series collections or when the 'clusteredIndex' option is specified"
      : 'create: clustered collections that expire are not supported by this server; make a TTL index');
  }
}

/** Whether the option asks for images; undefined where it is not given. Throws where it is no `{enabled: <bool>}`. */
export function wantsImages({ changeStreamPreAndPostImages: images }: Pick<CreateOptions, 'changeStreamPreAndPostImages'>): boolean | undefined {
  if (images === undefined) return undefined;
  const path = 'changeStreamPreAndPostImages';
  for (const [name] of elements(documentValue(images))) {
    if (name !== 'enabled') throw new CommandError('Location40415', `BSON field '${path}.${name}' is an unknown field.`);
  }
  const enabled = getDocumentField(images, 'enabled');
  if (enabled === undefined) throw new CommandError('Location40414', `BSON field '${path}.enabled' is missing but a required field`);
  if (enabled.type !== BsonType.bool) throw new CommandError('TypeMismatch', `BSON field '${path}.enabled' is the wrong type '${String(bsonTypeName(enabled.type))}', expected type 'bool'`);
  return enabled.boolean();
}

function checkCapped({ capped, size, max }: CreateOptions): void {
  if (capped !== true) {
    if (size !== undefined || max !== undefined) refuse("The 'size' and 'max' fields are only valid for capped collections");
    return;
  }
  if (size === undefined) refuse("the 'size' field is required when 'capped' is true");
  if (size <= 0) throw new CommandError('BadValue', "Argument to 'size' must be > 0");
}

function checkClustered({ clusteredIndex, capped }: CreateOptions): void {
  if (clusteredIndex === undefined || clusteredIndexOption(clusteredIndex) === undefined) return;
  if (capped === true) refuse('Capped clustered collections are not supported');
}

function checkTimeSeries(options: CreateOptions): void {
  if (options.timeseries === undefined) return;
  timeSeriesOption(options.timeseries);
  for (const name of ['capped', 'validator', 'validationLevel', 'validationAction', 'viewOn', 'changeStreamPreAndPostImages'] as const) {
    if (options[name] !== undefined && options[name] !== false) refuse(`the 'timeseries' option cannot be used with '${name}'`);
  }
}

/** What these options make. */
export function collectionKind({ viewOn, timeseries }: CreateOptions): CollectionEntry['kind'] {
  if (viewOn !== undefined) return 'view';
  return timeseries === undefined ? 'collection' : 'timeseries';
}

/** The stages of a view's definition. */
export function viewStages(pipeline: readonly RawValue[] | undefined): RawDocument[] {
  const stages = (pipeline ?? []).map((stage, index) => {
    if (stage.type !== BsonType.object) throw new CommandError('TypeMismatch', `BSON field 'create.pipeline.${index}' is the wrong type, expected type 'object'`);
    return stage.document();
  });
  const compiled = compilePipeline(stages, constantEnvironment);
  if (compiled.write !== undefined) throw new CommandError('OptionNotSupportedOnView', `The aggregation stage ${compiled.write.kind} is not allowed in a view definition`);
  return stages;
}

function checkView(options: CreateOptions): void {
  if (options.viewOn === undefined) {
    if (options.pipeline !== undefined) refuse("'pipeline' requires 'viewOn' to also be specified");
    return;
  }
  for (const name of ['capped', 'size', 'max', 'validator', 'validationLevel', 'validationAction', 'changeStreamPreAndPostImages', 'clusteredIndex'] as const) {
    if (options[name] !== undefined && options[name] !== false) refuse(`option not supported on a view: ${name}`);
  }
  viewStages(options.pipeline);
}

/** Throws what MongoDB would for these options, or that the engine has no such collections. */
export function checkCreateOptions(options: CreateOptions): void {
  refuseUnsupported(options);
  checkCapped(options);
  checkClustered(options);
  checkTimeSeries(options);
  checkView(options);
  checkValidation(options);
  wantsImages(options);
}

/** An int where it fits, as a mongod shows sizes. */
function numberValue(value: number): RawValue {
  return Math.abs(value) < 2 ** 31 ? int32Value(value) : int64Value(BigInt(value));
}

/** The options as the catalog keeps them. */
export function storedOptions(options: CreateOptions): RawDocument {
  const fields: [string, RawValue][] = [];
  const collation = options.collation === undefined ? undefined : parseCollation(options.collation);
  const collated = collation === undefined ? [] : [['collation', documentValue(describeCollation(collation))] as const];
  if (options.viewOn !== undefined) {
    fields.push(['viewOn', stringValue(options.viewOn)], ['pipeline', arrayValue(options.pipeline ?? [])]);
    return documentOf([...fields, ...collated]);
  }
  if (options.capped === true) {
    // Sizes are rounded up to whole blocks of 256 bytes, as MongoDB does.
    fields.push(['capped', booleanValue(true)], ['size', numberValue(Math.ceil(options.size! / 256) * 256)]);
    if (options.max !== undefined && options.max > 0) fields.push(['max', numberValue(options.max)]);
  }
  const clustered = options.clusteredIndex === undefined ? undefined : clusteredIndexOption(options.clusteredIndex);
  if (clustered !== undefined) fields.push(['clusteredIndex', clustered]);
  if (options.timeseries !== undefined) {
    if (options.expireAfterSeconds !== undefined) fields.push(['expireAfterSeconds', int64Value(BigInt(Math.trunc(options.expireAfterSeconds)))]);
    fields.push(['timeseries', timeSeriesOption(options.timeseries)]);
  }
  // Without effect here, and shown as they were given.
  for (const name of ['storageEngine', 'indexOptionDefaults'] as const) {
    const given = options[name];
    if (given !== undefined) fields.push([name, documentValue(given)]);
  }
  if (options.validator !== undefined) fields.push(['validator', documentValue(options.validator)]);
  if (options.validationLevel !== undefined) fields.push(['validationLevel', stringValue(options.validationLevel)]);
  if (options.validationAction !== undefined) fields.push(['validationAction', stringValue(options.validationAction)]);
  if (wantsImages(options) === true) fields.push(['changeStreamPreAndPostImages', documentValue(options.changeStreamPreAndPostImages!)]);
  return documentOf([...fields, ...collated]);
}
