// The collation that a collection or view was made with: that of every command on it that names none.
// Source: the manual's "Collation", "create" and "Views".
import { describeCollation, parseCollation, type Collation } from '../bson/collation.js';
import type { RawDocument } from '../bson/raw-value.js';
import { getDocumentField } from '../bson/reader.js';
import { CommandError } from '../errors.js';
import type { CollectionEntry, ReadUnit } from '../storage/units.js';

export interface CollatedNamespace {
  readonly database: string;
  readonly collection: string;
}

interface Reader {
  read<T>(work: (unit: ReadUnit) => T): T;
}

/** By the options as the catalog keeps them: every command asks. */
const collations = new WeakMap<RawDocument, { readonly collation: Collation | undefined }>();

/** As it is kept in the options; undefined: simple comparison. */
export function defaultCollationDocument({ options }: CollectionEntry): RawDocument | undefined {
  return getDocumentField(options, 'collation')?.document();
}

function defaultCollation(entry: CollectionEntry | undefined): Collation | undefined {
  if (entry === undefined) return undefined;
  let known = collations.get(entry.options);
  if (known === undefined) {
    const given = defaultCollationDocument(entry);
    known = { collation: given === undefined ? undefined : parseCollation(given) };
    collations.set(entry.options, known);
  }
  return known.collation;
}

function isSame(a: Collation | undefined, b: Collation | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return describeCollation(a).equals(describeCollation(b));
}

/**
 * The collation of a command that names `given`, or none, on this namespace. Throws OptionNotSupportedOnView where a view has another:
 * its pipeline means what it was written with.
 */
export function effectiveCollation(reader: Reader, given: RawDocument | undefined, { database, collection }: CollatedNamespace): Collation | undefined {
  const asked = given === undefined ? undefined : parseCollation(given);
  const entry = reader.read((unit) => unit.collection(database, collection));
  if (given === undefined) return defaultCollation(entry);
  if (entry?.kind === 'view' && !isSame(asked, defaultCollation(entry))) {
    throw new CommandError('OptionNotSupportedOnView', `Cannot override a view's default collation${database}.${collection}`);
  }
  return asked;
}
