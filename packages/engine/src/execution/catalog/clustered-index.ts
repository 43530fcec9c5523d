// Clustered collections: the `_id` index by another name. Records are found by `_id` in one look either way; what a client
// sees of it is the name and the flags that it gave. Source: the manual's page "Clustered Collections".
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { elements, getDocumentField } from '../../bson/reader.js';
import { isTruthy } from '../../bson/truth.js';
import { BsonType } from '../../bson/types.js';
import { booleanValue, documentOf, encodeDocument, stringValue } from '../../bson/values.js';
import { DocumentWriter } from '../../bson/writer.js';
import { CommandError } from '../../errors.js';
import type { CollectionEntry } from '../../storage/units.js';
import { isIdKey } from './index-key-rules.js';

const defaultName = '_id_';
const knownFields: ReadonlySet<string> = new Set(['v', 'key', 'name', 'unique']);
const version = documentValue(encodeDocument({ v: 2 }));

function refuse(message: string): never {
  throw new CommandError('InvalidOptions', message);
}

/** The option `clusteredIndex` of `create` as the catalog keeps it; throws what MongoDB would. */
export function clusteredIndexOption(value: RawValue): RawValue | undefined {
  if (value.type === BsonType.bool) return value.boolean() ? refuse("The 'clusteredIndex' option is a document for all but time-series collections") : undefined;
  if (value.type !== BsonType.object) throw new CommandError('TypeMismatch', "BSON field 'create.clusteredIndex' is the wrong type, expected types '[bool, object]'");
  const given = new Map(elements(value));
  const unknown = [...given.keys()].find((name) => !knownFields.has(name));
  if (unknown !== undefined) throw new CommandError('Location40415', `BSON field 'create.clusteredIndex.${unknown}' is an unknown field.`);
  const key = given.get('key');
  if (key?.type !== BsonType.object || !isIdKey(key.document())) refuse("The clusteredIndex option is only supported for key: {_id: 1}");
  if (!isTruthy(given.get('unique'))) refuse("The clusteredIndex option requires unique: true to be specified");
  const name = given.get('name');
  const kept: [string, RawValue][] = [
    ['v', getDocumentField(version.document(), 'v')!], ['key', key], ['name', name?.type === BsonType.string ? name : stringValue(defaultName)], ['unique', booleanValue(true)],
  ];
  return documentValue(documentOf(kept));
}

/** The clustered index as `listIndexes` shows it; undefined for collections that are not clustered. */
export function printClusteredIndex({ options }: CollectionEntry): RawDocument | undefined {
  const option = getDocumentField(options, 'clusteredIndex');
  if (option === undefined) return undefined;
  const document = option.document();
  return new DocumentWriter().appendElements(document, 4, document.length - 1).boolean('clustered', true).finish();
}

/** Whether this is what the collection's clustered index is called. */
export function isClusteredName({ options }: CollectionEntry, name: string): boolean {
  const option = getDocumentField(options, 'clusteredIndex');
  return option !== undefined && getDocumentField(option.document(), 'name')?.string() === name;
}
