// How far a database has filled what it may hold (R5.3): what warnings are given for, and when it may grow no further.
import { quotaLevels, type DatabaseEntry, type DatabaseOwner, type QuotaLevel } from './database-entry.js';

export type QuotaWarning = Extract<QuotaLevel, 'above_80_percent' | 'above_95_percent'>;

/** The percentage from which on each warning is given. */
export const warningPercents = { above_80_percent: 80, above_95_percent: 95 } as const satisfies Record<QuotaWarning, number>;
const warnings = ['above_80_percent', 'above_95_percent'] as const satisfies readonly QuotaWarning[];

/** Nothing has changed: what was to be applied is what is written already. */
export class QuotaLevelUnchanged extends Error {
  override readonly name = 'QuotaLevelUnchanged';
}

/** The level that is written with a database; an entry from before there were levels has none. */
export function quotaLevelOf(entry: Pick<DatabaseEntry, 'quota_level'>): QuotaLevel {
  return entry.quota_level ?? 'normal';
}

/** Whether a database may hold no more than it does: its credential can read and make room, nothing else. */
export function isOverQuota(entry: Pick<DatabaseEntry, 'quota_level'>): boolean {
  return quotaLevelOf(entry) === 'exceeded';
}

function levelAt(usedMb: number, quotaMb: number): QuotaLevel {
  // What fits exactly fits.
  if (usedMb > quotaMb) return 'exceeded';
  const percent = quotaMb === 0 ? 0 : (usedMb / quotaMb) * 100;
  return warnings.findLast((warning) => percent >= warningPercents[warning]) ?? 'normal';
}

function higher(a: QuotaLevel, b: QuotaLevel): QuotaLevel {
  return quotaLevels.indexOf(a) >= quotaLevels.indexOf(b) ? a : b;
}

interface Sums {
  readonly promisedMb: number;
  readonly heldMb: number;
}

/** Of each list of databases that is looked at, so that deciding for all of an owner's does not add them all up for each. */
const sumsOf = new WeakMap<readonly DatabaseEntry[], Sums>();

function sums(databases: readonly DatabaseEntry[]): Sums {
  const known = sumsOf.get(databases);
  if (known !== undefined) return known;
  const added = databases.reduce<Sums>(({ promisedMb, heldMb }, { quota_mb, current_size_mb }) => ({ promisedMb: promisedMb + (quota_mb ?? 0), heldMb: heldMb + current_size_mb }), { promisedMb: 0, heldMb: 0 });
  sumsOf.set(databases, added);
  return added;
}

/**
 * The level that a database of this owner is to have. Its own quota counts; the owner's total counts for databases without a quota
 * of their own. What a database was promised it can use, whatever its neighbours hold, while the promises fit into the total.
 */
export function decideQuotaLevel(entry: DatabaseEntry, { databases, totalQuotaMb }: Pick<DatabaseOwner, 'databases' | 'totalQuotaMb'>): QuotaLevel {
  const own = entry.quota_mb === null ? 'normal' : levelAt(entry.current_size_mb, entry.quota_mb);
  if (totalQuotaMb === null) return own;
  const isPromised = entry.quota_mb !== null && sums(databases).promisedMb <= totalQuotaMb;
  if (isPromised) return own;
  return higher(own, levelAt(sums(databases).heldMb, totalQuotaMb));
}

/** The warnings that are due where a level becomes another: one for each that is passed on the way up. */
export function warningsBetween(before: QuotaLevel, after: QuotaLevel): readonly QuotaWarning[] {
  return warnings.filter((warning) => quotaLevels.indexOf(warning) > quotaLevels.indexOf(before) && quotaLevels.indexOf(warning) <= quotaLevels.indexOf(after));
}
