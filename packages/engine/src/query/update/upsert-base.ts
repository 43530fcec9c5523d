// What an upsert knows of its document before the update runs: the fields that the filter compares for equality.
// Source: the manual's page "db.collection.update()", "Upsert Behavior".
import { CommandError } from '../../errors.js';
import { RawValue, type RawDocument } from '../../bson/raw-value.js';
import { arrayValues } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import { documentOf, objectValue } from '../../bson/values.js';
import type { FilterNode } from '../filter-node.js';

interface Equality {
  readonly path: string;
  readonly value: RawValue;
}

type Fields = Map<string, RawValue | Fields>;

/** The document of all equalities (operators and pipelines). Two equalities on one path are refused with code 54. */
export function upsertBase(filter: FilterNode): RawDocument {
  return documentOf(encoded(fieldsOf(equalitiesOf(filter))));
}

/** The document with the filter's `_id` alone (replacements, which bring everything else). */
export function upsertBaseOfReplacement(filter: FilterNode): RawDocument {
  const equalities = equalitiesOf(filter).filter(({ path }) => path === '_id' || path.startsWith('_id.'));
  const nested = equalities.find(({ path }) => path !== '_id');
  if (nested !== undefined) {
    throw new CommandError('NotExactValueField', `field at '_id' must be exactly specified, field at sub-path '${nested.path}'found`);
  }
  return documentOf(encoded(fieldsOf(equalities)));
}

/** In the order of their paths, which is the order in which the fields are added. */
function equalitiesOf(filter: FilterNode): readonly Equality[] {
  return collect(filter).sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

function collect(node: FilterNode): Equality[] {
  switch (node.kind) {
    case 'and':
      return node.children.flatMap(collect);
    case 'or':
      return node.children.length === 1 ? collect(node.children[0]!) : [];
    case 'comparison':
      return node.operator === '$eq' ? [{ path: node.path, value: node.value }] : [];
    case 'in':
      return node.values.length === 1 && node.regexes.length === 0 ? [{ path: node.path, value: node.values[0]! }] : [];
    case 'other':
      return collectOther(node);
    default:
      return [];
  }
}

/** `$all` of plain values is an equality for each. `$expr` says nothing that could be inferred, so it is refused. */
function collectOther(node: Extract<FilterNode, { kind: 'other' }>): Equality[] {
  if (node.operator === '$expr') {
    throw new CommandError('QueryFeatureNotAllowed', '$expr is not allowed in the query predicate for an upsert');
  }
  const { path, value } = node;
  if (node.operator !== '$all' || path === undefined || value.type !== BsonType.array) return [];
  const values = arrayValues(value).filter(({ type }) => type !== BsonType.regex);
  return values.map((element) => ({ path, value: element }));
}

function fieldsOf(equalities: readonly Equality[]): Fields {
  const root: Fields = new Map();
  const seen = new Set<string>();
  for (const { path, value } of equalities) {
    const parts = path.split('.');
    assertNoConflict(seen, path, parts);
    seen.add(path);
    let fields = root;
    for (const part of parts.slice(0, -1)) {
      const existing = fields.get(part);
      const next: Fields = existing === undefined || existing instanceof RawValue ? new Map<string, RawValue | Fields>() : existing;
      fields.set(part, next);
      fields = next;
    }
    fields.set(parts.at(-1)!, value);
  }
  return root;
}

/** The paths come in order, so that a path's prefixes have been seen before it. */
function assertNoConflict(seen: ReadonlySet<string>, path: string, parts: readonly string[]): void {
  if (seen.has(path)) {
    throw new CommandError('NotSingleValueField', `cannot infer query fields to set, path '${path}' is matched twice`);
  }
  for (let length = 1; length < parts.length; length += 1) {
    const prefix = parts.slice(0, length).join('.');
    if (!seen.has(prefix)) continue;
    const words = `cannot infer query fields to set, both paths '${path}' and '${prefix}' are matched`;
    throw new CommandError('NotSingleValueField', words);
  }
}

function encoded(fields: Fields): [string, RawValue][] {
  return [...fields].map(([name, value]) => [name, value instanceof RawValue ? value : objectValue(encoded(value))]);
}
