// What a query asks for, without the values that it asks with: queries that differ in values alone have one `planCacheShapeHash`.
// Source: the manual's "Query Plans", "Plan Cache Query Shape".
import { createHash } from 'node:crypto';
import { describeCollation } from '../../bson/collation.js';
import { describeValue } from '../../aggregation/describe-value.js';
import { documentValue, type RawDocument } from '../../bson/raw-value.js';
import type { QueryEnvironment } from '../../query/environment.js';
import type { FilterNode } from '../../query/filter-node.js';
import type { Matcher } from '../../query/match/matcher.js';
import type { CollectionEntry } from '../../storage/units.js';

/** What of a compiled query its shape is read from. */
export interface ShapedQuery {
  readonly matcher: Matcher;
  readonly sort: { readonly pattern: RawDocument } | undefined;
  readonly projection: { readonly specification: RawDocument } | undefined;
  readonly environment: Pick<QueryEnvironment, 'collation'>;
}

function shapeOf(node: FilterNode): unknown {
  switch (node.kind) {
    case 'and':
    case 'or':
    case 'nor':
      return [node.kind, node.children.map((child) => JSON.stringify(shapeOf(child))).sort()];
    case 'not':
      return [node.kind, shapeOf(node.child)];
    case 'comparison':
      return [node.operator, node.path];
    case 'elemMatch':
      return [node.kind, node.path, shapeOf(node.child)];
    case 'other':
      return [node.operator, node.path ?? ''];
    case 'in':
    case 'exists':
    case 'type':
    case 'regex':
      return [node.kind, node.path];
    case 'always':
      return [node.kind, node.matches];
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8).toUpperCase();
}

export interface ShapeHashes {
  readonly shape: string;
  /** Of the shape and of the indexes that there are: another one where plans may be others. */
  readonly key: string;
}

/** The fingerprints of a query: eight hexadecimal digits each. */
export function shapeHashes({ matcher, sort, projection, environment }: ShapedQuery, collection: CollectionEntry | undefined): ShapeHashes {
  const { collation } = environment;
  const shape = JSON.stringify([
    shapeOf(matcher.node),
    sort === undefined ? '' : describeValue(documentValue(sort.pattern)),
    projection === undefined ? '' : describeValue(documentValue(projection.specification)),
    collation === undefined ? '' : describeValue(documentValue(describeCollation(collation))),
  ]);
  const indexes = (collection?.indexes ?? []).filter(({ hidden }) => !hidden).map(({ id }) => id);
  return { shape: hashOf(shape), key: hashOf(JSON.stringify([shape, indexes])) };
}
