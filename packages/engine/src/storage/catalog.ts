// Reads the catalog of any view. Parsed entries are kept by their row's version, which is never used twice, so that a
// snapshot, the writer and a transaction's overlay share one cache and none can see the entry of another state.
import {
  collectionRowKey, decodeCatalogRow, endOfCollectionRows, endOfDatabaseRows, endOfExpiryRows, firstCollectionRowKey, firstDatabaseRowKey,
  firstBuildRowKey, endOfBuildRows, firstExpiryRowKey, namesOfMarkRow, rowVersion,
  type CatalogRow,
} from './catalog-rows.js';
import { IndexBuilds } from './index-builds.js';
import { keptBytes } from './kept-bytes.js';
import { successor, type KeyValue, type KeyValueView, type Table } from './key-value.js';
import type { CollectionEntry } from './units.js';

/** Ten thousand databases with two collections each; a row and what is made ready of it take about five kilobytes. */
const maxCachedRows = 24_000;
const rowsPerRead = 500;

export class Catalog {
  readonly builds = new IndexBuilds();
  private readonly cache = new Map<string, CatalogRow>();
  /** The rows of the catalog's latest state by database and name: most look-ups need not read anything. */
  private readonly latest = new Map<string, CatalogRow>();
  private latestState = 0;
  /** The row that was looked up last: the statements of a command ask for the same one. */
  private last: { readonly state: number; readonly database: string; readonly name: string; readonly row: CatalogRow } | undefined;

  find(view: KeyValueView, database: string, name: string): CollectionEntry | undefined {
    return this.row(view, database, name)?.entry;
  }

  row(view: KeyValueView, database: string, name: string): CatalogRow | undefined {
    const { catalogState } = view;
    if (catalogState === undefined || catalogState < this.latestState) return this.read(view, database, name);
    if (catalogState > this.latestState || this.latest.size >= maxCachedRows) {
      this.latest.clear();
      this.latestState = catalogState;
    }
    if (this.last?.database === database && this.last.name === name && this.last.state === catalogState) return this.last.row;
    const fullName = `${database}\0${name}`;
    let row = this.latest.get(fullName);
    if (row === undefined) {
      row = this.read(view, database, name);
      if (row !== undefined) this.latest.set(fullName, row);
    }
    if (row !== undefined) this.last = { state: catalogState, database, name, row };
    return row;
  }

  private read(view: KeyValueView, database: string, name: string): CatalogRow | undefined {
    const key = collectionRowKey(database, name);
    const bytes = view.get('catalog', key);
    return bytes === undefined ? undefined : this.parse(key, bytes);
  }

  list(view: KeyValueView, database: string): CollectionEntry[] {
    const entries: CollectionEntry[] = [];
    for (const { key, value } of rows(view, 'catalog', firstCollectionRowKey(database), endOfCollectionRows(database))) {
      entries.push(this.parse(key, value).entry);
    }
    return entries;
  }

  /** In the order of their bytes. */
  databaseNames(view: KeyValueView): string[] {
    const names: string[] = [];
    for (const { value } of rows(view, 'catalog', firstDatabaseRowKey, endOfDatabaseRows)) names.push(value.toString('utf8'));
    return names.sort((a, b) => (a < b ? -1 : 1));
  }

  /** The collections that have an index by which documents expire. */
  expiring(view: KeyValueView): CollectionEntry[] {
    return this.marked(view, firstExpiryRowKey, endOfExpiryRows);
  }

  /** The collections that have indexes in build. */
  building(view: KeyValueView): CollectionEntry[] {
    return this.marked(view, firstBuildRowKey, endOfBuildRows);
  }

  private marked(view: KeyValueView, first: Buffer, end: Buffer): CollectionEntry[] {
    const entries: CollectionEntry[] = [];
    for (const { key } of rows(view, 'catalog', first, end)) {
      const entry = this.find(view, ...namesOfMarkRow(key));
      if (entry !== undefined) entries.push(entry);
    }
    return entries;
  }

  private parse(key: Buffer, bytes: Buffer): CatalogRow {
    const cacheKey = key.toString('latin1');
    const cached = this.cache.get(cacheKey);
    if (cached?.version === rowVersion(bytes)) return cached;
    // The row's parts are views of its bytes.
    const row = decodeCatalogRow(keptBytes(bytes));
    if (this.cache.size >= maxCachedRows) this.cache.clear();
    this.cache.set(cacheKey, row);
    return row;
  }
}

/** Every row from `start` to `end`, read a page at a time. */
export function* rows(view: KeyValueView, table: Table, start: Buffer, end: Buffer): Generator<KeyValue> {
  let from = start;
  for (;;) {
    const { entries, isLast } = view.range(table, { start: from, end, reverse: false, limit: rowsPerRead });
    yield* entries;
    if (isLast) return;
    from = successor(entries[entries.length - 1]!.key);
  }
}
