// Index filters: for queries of one shape, the indexes that may be looked at. They last as long as the engine runs, as MongoDB's do.
// Source: the manual's "planCacheSetFilter", "planCacheListFilters", "planCacheClearFilters" and "Index Filters".
import type { RawDocument, RawValue } from '../bson/raw-value.js';
import { CommandError } from '../errors.js';
import type { CollectionEntry } from '../storage/units.js';
import { shapeHashes, type ShapedQuery } from './explain/query-shape.js';

export interface IndexFilter {
  readonly query: RawDocument;
  readonly sort: RawDocument;
  readonly projection: RawDocument;
  readonly collation: RawDocument | undefined;
  /** Names and key patterns, as they were given. */
  readonly indexes: readonly RawValue[];
}

/** Filters are made by hand; so many are somebody's mistake. */
const maxFilters = 10_000;

function shapeOf(query: ShapedQuery): string {
  return shapeHashes(query, undefined).shape;
}

export class IndexFilters {
  private readonly byCollection = new Map<number, Map<string, IndexFilter>>();
  private count = 0;

  /** The filter of queries of this shape, if there is one. */
  of(collection: CollectionEntry, query: ShapedQuery): IndexFilter | undefined {
    // Mostly there are none, and a shape costs more than a plan.
    if (this.count === 0) return undefined;
    const filters = this.byCollection.get(collection.id);
    return filters?.get(shapeOf(query));
  }

  /** In place of the one that there is for the shape. */
  set(collection: CollectionEntry, query: ShapedQuery, filter: IndexFilter): void {
    this.clear(collection, query);
    if (this.count >= maxFilters) throw new CommandError('BadValue', `there are ${maxFilters} index filters already`);
    const filters = this.byCollection.get(collection.id) ?? new Map<string, IndexFilter>();
    this.byCollection.set(collection.id, filters.set(shapeOf(query), filter));
    this.count += 1;
  }

  /** Removes the filter of one shape, or all of the collection. */
  clear({ id }: CollectionEntry, query?: ShapedQuery): void {
    const filters = this.byCollection.get(id);
    if (filters === undefined) return;
    if (query === undefined) {
      this.count -= filters.size;
      filters.clear();
    } else if (filters.delete(shapeOf(query))) {
      this.count -= 1;
    }
    if (filters.size === 0) this.byCollection.delete(id);
  }

  list({ id }: CollectionEntry): readonly IndexFilter[] {
    return [...(this.byCollection.get(id)?.values() ?? [])];
  }
}
