// Dotted paths, parsed once: matchers, updates, sorts, projections and index keys walk documents by them.
import type { RawValue } from '../bson/raw-value.js';
import { ElementReader } from '../bson/reader.js';
import { BsonType } from '../bson/types.js';

export interface Path {
  readonly text: string;
  /** The names between the dots. */
  readonly parts: readonly string[];
  /** The parts as UTF-8, ready to be compared with the bytes of documents. */
  readonly names: readonly Buffer[];
  /** For each part: the array index that it stands for, or -1 where it is not a number. */
  readonly indexes: readonly number[];
}

const arrayIndex = /^(0|[1-9][0-9]{0,9})$/;

/** The array index that a path component stands for ("0", "17", not "01"), or -1. */
export function arrayIndexOf(part: string): number {
  return arrayIndex.test(part) ? Number(part) : -1;
}

/** The same few paths come again and again, in commands and in the indexes of many collections alike. */
const known = new Map<string, Path>();
const knownMax = 1000;
const longestKnown = 64;

/** Splits at dots; checks nothing (each caller has its own rules on empty parts and `$`). */
export function parsePath(text: string): Path {
  if (text.length > longestKnown) return splitPath(text);
  let path = known.get(text);
  if (path === undefined) {
    path = splitPath(text);
    if (known.size >= knownMax) known.clear();
    known.set(text, path);
  }
  return path;
}

function splitPath(text: string): Path {
  const parts = text.split('.');
  return { text, parts, names: parts.map((part) => Buffer.from(part, 'utf8')), indexes: parts.map(arrayIndexOf) };
}

/** The field of an object or array by its encoded name. */
export function fieldOf(parent: RawValue, name: Buffer): RawValue | undefined {
  const reader = ElementReader.of(parent);
  while (reader.next()) {
    if (reader.nameEquals(name)) return reader.value();
  }
  return undefined;
}

/** The value at the path through objects only (arrays by index where `throughArrays`), or undefined. */
export function valueAtPath(document: RawValue, path: Path, throughArrays = false): RawValue | undefined {
  let current: RawValue | undefined = document;
  for (const name of path.names) {
    const isWalkable: boolean = current.type === BsonType.object || (throughArrays && current.type === BsonType.array);
    current = isWalkable ? fieldOf(current, name) : undefined;
    if (current === undefined) return undefined;
  }
  return current;
}
