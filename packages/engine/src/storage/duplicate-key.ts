// The error that a unique index answers with. Source: the manual's page "Unique Indexes" and the server's DuplicateKeyErrorInfo.
import { elements } from '../bson/reader.js';
import { documentValue, type RawValue } from '../bson/raw-value.js';
import { documentOf } from '../bson/values.js';
import { documentText } from '../dispatch/command-text.js';
import { CommandError } from '../errors.js';
import type { IndexEntry } from './units.js';

/** `values`: one per field of the index's key pattern. */
export function duplicateKey(namespace: string, index: IndexEntry, values: readonly RawValue[]): CommandError {
  const fields = [...elements(documentValue(index.key))].map(([name], position) => [name, values[position]!] as const);
  const keyValue = documentOf(fields);
  return new CommandError(
    'DuplicateKey',
    `E11000 duplicate key error collection: ${namespace} index: ${index.name} dup key: ${documentText(documentValue(keyValue))}`,
    { fields: { keyPattern: index.key, keyValue } },
  );
}
