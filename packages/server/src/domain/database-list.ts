// Which of a user's databases a list shows, and in which order: over values, for users whose databases fit into one answer.
import { databaseNameKey } from './naming.js';
import type { DatabaseEntry } from './database-entry.js';
import { resolveDefaultDatabase } from './default-database.js';

export const databaseSortKeys = ['created_at', 'name', 'status', 'environment', 'current_size_mb'] as const;

export interface DatabaseListQuery {
  readonly limit: number;
  readonly offset: number;
  readonly isDefault?: boolean;
  readonly status?: DatabaseEntry['status'];
  readonly environment?: DatabaseEntry['environment'];
  /** Part of the name or description, in any case. */
  readonly search?: string;
  readonly sort: { readonly key: (typeof databaseSortKeys)[number]; readonly descending: boolean };
}

export interface DatabasePage {
  readonly items: readonly { readonly entry: DatabaseEntry; readonly isDefault: boolean }[];
  readonly total: number;
}

/** Whether a query asks for everything in the order of creation, which is the order in which databases are kept. */
export function isPlainQuery({ isDefault, status, environment, search = '', sort }: DatabaseListQuery): boolean {
  return isDefault === undefined && status === undefined && environment === undefined && search === '' && sort.key === 'created_at';
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : Number(a > b);
}

function sortValue(entry: DatabaseEntry, key: Exclude<DatabaseListQuery['sort']['key'], 'created_at'>): string | number {
  return key === 'name' ? databaseNameKey(entry.name) : entry[key];
}

function inOrder(entries: readonly DatabaseEntry[], { key, descending }: DatabaseListQuery['sort']): readonly DatabaseEntry[] {
  if (key === 'created_at') return descending ? [...entries].reverse() : entries;
  const direction = descending ? -1 : 1;
  return [...entries].sort((a, b) => direction * compare(sortValue(a, key), sortValue(b, key)) || compare(a.created_at.getTime(), b.created_at.getTime()) || compare(a.id, b.id));
}

/** The page a query asks for. */
export function selectDatabases(databases: readonly DatabaseEntry[], defaultDatabaseId: string | null, query: DatabaseListQuery): DatabasePage {
  return selectAmong(databases, resolveDefaultDatabase(databases, defaultDatabaseId)?.id, query);
}

/** The same of some of the databases, among which the default, which is known, need not be. */
export function selectAmong(databases: readonly DatabaseEntry[], defaultId: string | undefined, query: DatabaseListQuery): DatabasePage {
  const search = query.search?.toLowerCase() ?? '';
  const matching = databases.filter((entry) =>
    (query.isDefault === undefined || query.isDefault === (entry.id === defaultId))
    && (query.status === undefined || entry.status === query.status)
    && (query.environment === undefined || entry.environment === query.environment)
    && (search === '' || entry.name.toLowerCase().includes(search) || (entry.description ?? '').toLowerCase().includes(search)));
  const page = inOrder(matching, query.sort).slice(query.offset, query.offset + query.limit);
  return { items: page.map((entry) => ({ entry, isDefault: entry.id === defaultId })), total: matching.length };
}
