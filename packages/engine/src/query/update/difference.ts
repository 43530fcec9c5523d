// What an update changed, in the form of MongoDB's oplog (`{$v: 2, diff}`): names taken away (`d`), values in their place (`u`),
// fields added at the end (`i`), and differences of what lies below (`s<name>`); of an array (`a: true`) its new length (`l`) and
// its elements by index. Operators are told as MongoDB tells them: the whole value at the path that the operator names.
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { arrayValues, ElementReader } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import { DocumentWriter } from '../../bson/writer.js';
import type { UpdateNode } from './update-tree.js';

/** What an update may have changed below a value; `smallest`: anything, so that the smallest difference is looked for. */
type Scope = readonly UpdateNode[] | 'smallest';
/** How a changed value is told. */
type Telling = Scope | 'whole' | 'appended';

/** The difference that operators made. */
export function operatorDifference(before: RawDocument, after: RawDocument, root: UpdateNode): RawDocument {
  return wrapped(documentDifference(documentValue(before), documentValue(after), [root]));
}

/** The smallest difference between two documents; undefined where the second one is smaller than that. */
export function smallestDifference(before: RawDocument, after: RawDocument): RawDocument | undefined {
  const difference = documentDifference(documentValue(before), documentValue(after), 'smallest');
  return difference.length > after.length ? undefined : wrapped(difference);
}

/** As operators of these fields at the top level would have made it (`$merge`). */
export function fieldDifference(before: RawDocument, after: RawDocument): RawDocument {
  return wrapped(documentDifference(documentValue(before), documentValue(after), []));
}

function wrapped(difference: RawDocument): RawDocument {
  return new DocumentWriter(difference.length + 32).int32('$v', 2).document('diff', difference).finish();
}

function sameValue(a: RawValue, b: RawValue): boolean {
  return a.type === b.type && a.bytes.compare(b.bytes, b.start, b.end, a.start, a.end) === 0;
}

type Field = readonly [name: string, value: RawValue];

/** What is told of a document; in the order in which it is written. */
interface Parts {
  readonly removed: string[];
  readonly updated: Field[];
  readonly added: Field[];
  readonly nested: (readonly [name: string, difference: RawDocument])[];
}

function documentDifference(before: RawValue, after: RawValue, scope: Scope): RawDocument {
  const parts: Parts = { removed: [], updated: [], added: [], nested: [] };
  const old = ElementReader.of(before);
  const fresh = ElementReader.of(after);
  let hasOld = old.next();
  let hasFresh = fresh.next();
  // Side by side as long as the same fields come in the same order: nothing is allocated for those that are the same.
  while (hasOld && hasFresh && sameName(old, fresh)) {
    if (!sameElement(old, fresh)) noteChange(parts, old, fresh, scope);
    hasOld = old.next();
    hasFresh = fresh.next();
  }
  if (hasOld || hasFresh) compareRest(parts, restOf(old, hasOld), restOf(fresh, hasFresh), scope);
  return writeDocumentDifference(parts);
}

function sameName(a: ElementReader, b: ElementReader): boolean {
  return a.bytes.compare(b.bytes, b.nameStart, b.nameEnd, a.nameStart, a.nameEnd) === 0;
}

function sameElement(a: ElementReader, b: ElementReader): boolean {
  return a.type === b.type && a.bytes.compare(b.bytes, b.valueStart, b.valueEnd, a.valueStart, a.valueEnd) === 0;
}

function noteChange({ updated, nested }: Parts, old: Pick<ElementReader, 'name' | 'value'>, fresh: Pick<ElementReader, 'name' | 'value'>, scope: Scope): void {
  const name = fresh.name();
  const value = fresh.value();
  const below = differenceBelow(old.value(), value, tellingOf(scope, name, -1));
  if (below === undefined) updated.push([name, value]);
  else nested.push([name, below]);
}

/** The element that the reader stands at, and all behind it. */
function restOf(reader: ElementReader, hasElement: boolean): Field[] {
  const fields: Field[] = [];
  for (let more = hasElement; more; more = reader.next()) fields.push([reader.name(), reader.value()]);
  return fields;
}

/** From the first field on that is not the same: some are gone, some are new, and what comes in another order is told as new. */
function compareRest(parts: Parts, old: readonly Field[], fresh: readonly Field[], scope: Scope): void {
  const names = new Set(fresh.map(([name]) => name));
  let next = 0;
  let position = 0;
  for (; position < old.length; position += 1) {
    const [name, value] = old[position]!;
    const counterpart = fresh[next];
    if (counterpart?.[0] === name) {
      next += 1;
      if (!sameValue(value, counterpart[1])) noteChange(parts, { name: () => name, value: () => value }, { name: () => name, value: () => counterpart[1] }, scope);
    } else if (names.has(name)) {
      break;
    } else {
      parts.removed.push(name);
    }
  }
  parts.added.push(...fresh.slice(next));
  for (const [name] of old.slice(position)) if (!names.has(name)) parts.removed.push(name);
}

function writeDocumentDifference({ removed, updated, added, nested }: Parts): RawDocument {
  const writer = new DocumentWriter();
  if (removed.length > 0) {
    writer.openDocument('d');
    for (const name of removed) writer.boolean(name, false);
    writer.close();
  }
  for (const [section, fields] of [['u', updated], ['i', added]] as const) {
    if (fields.length === 0) continue;
    writer.openDocument(section);
    for (const [name, value] of fields) writer.append(name, value);
    writer.close();
  }
  for (const [name, difference] of nested) writer.document(`s${name}`, difference);
  return writer.finish();
}

/** The difference below a changed value; undefined where the whole value is told. */
function differenceBelow(before: RawValue, after: RawValue, telling: Telling): RawDocument | undefined {
  if (telling === 'whole' || before.type !== after.type) return undefined;
  if (telling === 'appended') return appendedElements(before, after);
  let difference: RawDocument;
  if (after.type === BsonType.object) difference = documentDifference(before, after, telling);
  else if (after.type === BsonType.array) difference = arrayDifference(before, after, telling);
  else return undefined;
  return telling === 'smallest' && difference.length >= after.end - after.start ? undefined : difference;
}

function arrayDifference(before: RawValue, after: RawValue, scope: Scope): RawDocument {
  const old = arrayValues(before);
  const fresh = arrayValues(after);
  const writer = new DocumentWriter().boolean('a', true);
  if (fresh.length < old.length) writer.int32('l', fresh.length);
  fresh.forEach((value, index) => {
    const counterpart = old[index];
    if (counterpart === undefined) {
      writer.append(`u${index}`, value);
      return;
    }
    if (sameValue(counterpart, value)) return;
    const below = differenceBelow(counterpart, value, tellingOf(scope, String(index), index));
    if (below === undefined) writer.append(`u${index}`, value);
    else writer.document(`s${index}`, below);
  });
  return writer.finish();
}

/** Elements that were put at the end; undefined where the array was empty or something else changed too. */
function appendedElements(before: RawValue, after: RawValue): RawDocument | undefined {
  if (before.type !== BsonType.array) return undefined;
  const old = arrayValues(before);
  const fresh = arrayValues(after);
  if (old.length === 0 || fresh.length < old.length || !old.every((value, index) => sameValue(value, fresh[index]!))) return undefined;
  const writer = new DocumentWriter().boolean('a', true);
  fresh.slice(old.length).forEach((value, index) => writer.append(`u${old.length + index}`, value));
  return writer.finish();
}

/** `index`: the position in an array, or -1 in a document. */
function tellingOf(scope: Scope, name: string, index: number): Telling {
  if (scope === 'smallest') return scope;
  const below = scope.flatMap((node) => childrenAt(node, name, index));
  if (below.length === 0) return 'whole';
  if (below.every((node) => node.kind !== 'leaf')) return below;
  return below.every((node) => node.kind === 'leaf' && node.operator.appends === true) ? 'appended' : 'whole';
}

function childrenAt(node: UpdateNode, name: string, index: number): UpdateNode[] {
  if (node.kind === 'leaf') return [];
  if (node.kind === 'array') return index < 0 ? [] : [...node.children.values()];
  const named = node.children.filter((child) => (index < 0 ? child.name === name : child.arrayIndex === index)).map((child) => child.node);
  return node.positional === undefined || index < 0 ? named : [...named, node.positional];
}
