// Which users a run is about, page by page, and how many.
import { createHash } from 'node:crypto';
import type { ControlStores } from '../ports/control-database.js';
import { TransientFailure } from '../ports/failures.js';
import type { LegacyRunOptions, LegacyRunRecord } from '../ports/legacy-runs.js';
import type { LegacySource, LegacySources } from '../ports/legacy-source.js';
import { endCursor, type NextUsers } from '../ports/legacy-user-pages.js';

export interface RunUsersDependencies {
  readonly control: Pick<ControlStores, 'legacyUsers' | 'legacyLog'>;
  readonly sources: LegacySources;
}

/** Mended by a setting: nothing that comes back by itself. */
export const sourceUnknown = 'LEGACY_SOURCE_UNKNOWN';

const usersPerPage = 50;
const nobody: NextUsers = { userIds: [], next: null };

type Run = Pick<LegacyRunRecord, 'mode' | 'options'>;

/** Whether a sample of so many percent has this user: the same in every run. */
function isInSample(userId: string, percent: number | null): boolean {
  return percent === null || createHash('sha256').update(userId).digest().readUInt16BE(0) % 100 < percent;
}

/** Where a run finds its unmigrated users. Throws TransientFailure: the setting was taken away on this replica, or is not the same on all. */
export function sourceOf({ sources }: Pick<RunUsersDependencies, 'sources'>, { source: name }: Pick<LegacyRunOptions, 'source'>): LegacySource | undefined {
  const source = name === null ? undefined : sources.find(name);
  if (name !== null && source === undefined) throw new TransientFailure(sourceUnknown, 'this replica has no legacy source of the name');
  return source;
}

/** Users whom the run of this id has migrated; the cursor is the last one's id. */
async function migratedBy({ control }: RunUsersDependencies, runId: string, cursor: string | null): Promise<NextUsers> {
  const { userIds, next } = await control.legacyLog.migratedBy(runId, cursor === null ? null : cursor.slice(1), usersPerPage);
  return { userIds, next: next === null ? null : `u${next}` };
}

function fromList(userIds: readonly string[], cursor: string | null): NextUsers {
  const start = cursor === null ? 0 : Number(cursor);
  const end = start + usersPerPage;
  return { userIds: userIds.slice(start, end), next: end < userIds.length ? String(end) : null };
}

function walk(dependencies: RunUsersDependencies, { mode, options }: Run, cursor: string | null): Promise<NextUsers> {
  const { control } = dependencies;
  if (options.userIds !== null) return Promise.resolve(fromList(options.userIds, cursor));
  if (options.ofRunId !== null) return migratedBy(dependencies, options.ofRunId, cursor);
  return mode === 'verify' ? control.legacyUsers.pageOfAll(cursor, usersPerPage) : (sourceOf(dependencies, options) ?? control.legacyUsers).pageOfUnmigrated(cursor, usersPerPage);
}

/** The cursor of a limited run counts what it has handed out: `<count>;<cursor of the walk>`. */
function splitCursor(cursor: string | null): { readonly handedOut: number; readonly inner: string | null } {
  if (cursor === null) return { handedOut: 0, inner: null };
  const at = cursor.indexOf(';');
  return { handedOut: Number(cursor.slice(0, at)), inner: cursor.slice(at + 1) };
}

/** The next users of the run. */
export async function usersOf(dependencies: RunUsersDependencies, run: Run, cursor: string | null): Promise<NextUsers> {
  if (cursor === endCursor) return nobody;
  const { handedOut, inner } = splitCursor(cursor);
  const { limit, samplePercent } = run.options;
  let place = inner;
  for (;;) {
    // One after the other: a page without anybody of the sample is no end.
    const { userIds, next } = await walk(dependencies, run, place);
    const left = limit === null ? userIds.length : limit - handedOut;
    const taken = userIds.filter((userId) => isInSample(userId, samplePercent)).slice(0, left);
    const isLast = next === null || (limit !== null && handedOut + taken.length >= limit);
    if (taken.length > 0 || isLast) return { userIds: taken, next: isLast ? null : `${handedOut + taken.length};${next}` };
    place = next;
  }
}

/** How many users a run will be about, as far as can be told beforehand. */
export async function countUsers(dependencies: RunUsersDependencies, mode: Run['mode'], options: LegacyRunOptions): Promise<number> {
  const { control } = dependencies;
  const { userIds, ofRunId, limit, samplePercent } = options;
  const all = userIds !== null ? userIds.length
    : ofRunId !== null ? await control.legacyLog.count(ofRunId, { outcome: 'migrated' })
      : await (mode === 'verify' ? control.legacyUsers.countAll() : (sourceOf(dependencies, options) ?? control.legacyUsers).countUnmigrated());
  const sampled = samplePercent === null ? all : Math.round((all * samplePercent) / 100);
  return limit === null ? sampled : Math.min(limit, sampled);
}
