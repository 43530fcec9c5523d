// Documents made of an index's keys, for queries that ask for nothing else.
// Source: the manual's "Query Optimization", "Covered Query".
import type { DecodedKey } from '../bson/key-decoding.js';
import type { RawDocument, RawValue } from '../bson/raw-value.js';
import { DocumentWriter } from '../bson/writer.js';

/** A field of the index, in the order of its key pattern. */
interface KeyField {
  readonly path: string;
  readonly isHashed?: boolean;
}

/** Where in a document a field of the key goes: a value, or more fields. */
interface KeyPlace {
  readonly name: string;
  readonly position: number | undefined;
  readonly children: readonly KeyPlace[];
}

/** The paths of these fields as a tree, in the order of the key. Undefined where one lies in another. */
function placesOf(fields: readonly { readonly path: readonly string[]; readonly position: number }[]): KeyPlace[] | undefined {
  const places: KeyPlace[] = [];
  for (const name of new Set(fields.map(({ path }) => path[0]!))) {
    const below = fields.filter(({ path }) => path[0] === name);
    const end = below.find(({ path }) => path.length === 1);
    if (end !== undefined && below.length > 1) return undefined;
    const children = end === undefined ? placesOf(below.map(({ path, position }) => ({ path: path.slice(1), position }))) : [];
    if (children === undefined) return undefined;
    places.push({ name, position: end?.position, children });
  }
  return places;
}

/** Makes documents of some of an index's fields. */
export class KeyDocuments {
  private constructor(
    private readonly places: readonly KeyPlace[],
    private readonly positions: readonly number[],
  ) {}

  /** Documents with these paths, each one a field of the index; undefined where they cannot be had. */
  static of(key: readonly KeyField[], paths: ReadonlySet<string>): KeyDocuments | undefined {
    const fields = key.flatMap(({ path, isHashed }, position) => (paths.has(path) && isHashed !== true ? [{ path, position }] : []));
    // `a.0` may mean a field and an element.
    if (fields.length !== paths.size || fields.some(({ path }) => /(?:^|\.)\d+(?:\.|$)/u.test(path))) return undefined;
    const places = placesOf(fields.map(({ path, position }) => ({ path: path.split('.'), position })));
    return places === undefined ? undefined : new KeyDocuments(places, fields.map(({ position }) => position));
  }

  /** Nothing is asked of the documents: all that matters is that they are there. */
  get isEmpty(): boolean {
    return this.positions.length === 0;
  }

  /** The document; undefined where a field is missing or null: the key does not say which. */
  documentOf(key: DecodedKey): RawDocument | undefined {
    if (this.positions.some((position) => key[position] === undefined)) return undefined;
    const writer = new DocumentWriter();
    write(writer, this.places, key);
    return writer.finish();
  }
}

function write(writer: DocumentWriter, places: readonly KeyPlace[], key: readonly (RawValue | undefined)[]): void {
  for (const { name, position, children } of places) {
    if (position !== undefined) {
      writer.append(name, key[position]!);
    } else {
      writer.openDocument(name);
      write(writer, children, key);
      writer.close();
    }
  }
}
