// The rows from which the databases of an owner of many are listed (R6.2): of each entry what decides where it stands in a list and
// whether it is there at all, and of all entries together how many there are. Pure: derived from `users.databases[]` and from nothing else.
import type { DatabaseEntry } from './database-entry.js';
import type { DatabaseListQuery } from './database-list.js';
import { resolveDefaultDatabase } from './default-database.js';
import { databaseNameKey } from './naming.js';

/** So many databases are listed from the owner's document: it is small then, and one read brings everything. */
export const largestOwnerWithoutRows = 32;

/** The facet that every row has. */
export const everyRow = 'all';
/** The facet of rows whose entry says that it is the default. */
export const flaggedRows = 'is_default';

type Placed = Pick<DatabaseEntry, 'id' | 'name' | 'status' | 'environment' | 'is_default'>;

/** Facets: the filters that a row meets, each combination by a name of its own, so that one equality stands for all of a query's filters. */
function facetsOf({ status, environment, is_default: isFlagged }: Pick<Placed, 'status' | 'environment' | 'is_default'>): readonly string[] {
  return [everyRow, status, environment, `${status}_${environment}`, ...(isFlagged ? [flaggedRows] : [])];
}

/** The facet that holds the rows a query's filters leave. */
export function facetFor({ status, environment }: Pick<DatabaseListQuery, 'status' | 'environment'>): string {
  if (status === undefined) return environment ?? everyRow;
  return environment === undefined ? status : `${status}_${environment}`;
}

export interface DatabaseRow<Entry extends Placed = DatabaseEntry> {
  /** Grows in the order in which databases are kept, which is that of their creation. */
  readonly sequence: number;
  readonly facets: readonly string[];
  readonly name_key: string;
  readonly entry: Entry;
}

/** The row of an entry. */
export function rowOf<Entry extends Placed>(entry: Entry, sequence: number): DatabaseRow<Entry> {
  return { sequence, facets: facetsOf(entry), name_key: databaseNameKey(entry.name), entry };
}

/** What is kept of all rows of one owner together. */
export interface RowTotals {
  /** How many rows have each facet; one that no row has may be absent. */
  readonly counts: Readonly<Record<string, number>>;
  /** What the owner's document names as the default. */
  readonly named_default_id: string | null;
  /** The default in force (R1.2). */
  readonly default_id: string | null;
  /** Above that of every row. */
  readonly next_sequence: number;
}

/** The totals of an owner's rows, in their order. */
export function totalsOf(rows: readonly DatabaseRow<Placed>[], namedDefaultId: string | null): RowTotals {
  const counts: Record<string, number> = {};
  for (const facet of rows.flatMap(({ facets }) => facets)) counts[facet] = (counts[facet] ?? 0) + 1;
  return {
    counts, named_default_id: namedDefaultId, default_id: resolveDefaultDatabase(rows.map(({ entry }) => entry), namedDefaultId)?.id ?? null,
    next_sequence: (rows.at(-1)?.sequence ?? -1) + 1,
  };
}

/** Rows for entries in their order: places that are given already are kept where they are in that order. */
export function rowsOf<Entry extends Placed>(entries: readonly Entry[], placeOf: (databaseId: string) => number | undefined): readonly DatabaseRow<Entry>[] {
  const places = entries.map(({ id }) => placeOf(id));
  const lastKnown = places.reduce<number>((last, place) => Math.max(last, place ?? -1), -1);
  // New entries come at the end; anything else means that somebody has ordered them anew.
  const completed = places.map((place, index) => place ?? lastKnown + 1 + index);
  const isInOrder = completed.every((place, index) => index === 0 || completed[index - 1]! < place);
  return entries.map((entry, index) => rowOf(entry, isInOrder ? completed[index]! : index));
}
