// The part of a run that one replica does: it takes pages under a lease, looks at what is in them, and mends. Every replica does the
// same; a page whose replica dies is taken by another, which finds what is left of it.
import { keepingLease } from '../journal/lease-keeper.js';
import { LeaseLost } from '../ports/operations.js';
import type { ReconcilePage, ReconcileRunRecord, ReconcileStage } from '../ports/reconcile-runs.js';
import { appsPerPage, checkApps } from './apps-page.js';
import { newTally, type MutableTally, type PageWork, type ReconcilerDependencies } from './finding.js';
import { checkOwners, ownersPageBounds } from './owners-page.js';
import { checkCounts, checkPlatform } from './platform-page.js';
import { checkUsersOf, nextUsernames } from './users-page.js';

const attemptsPerPage = 3;

function keysAfter(dependencies: ReconcilerDependencies, run: ReconcileRunRecord, stage: ReconcileStage, after: string | null): Promise<readonly string[]> {
  const { reads } = dependencies;
  const { userId, clusterId } = run.scope;
  switch (stage.kind) {
    case 'owners':
      return userId === null ? reads.nextOwners(after, ownersPageBounds, clusterId) : Promise.resolve(after === null ? [userId] : []);
    case 'apps':
      return reads.nextApps(after, appsPerPage, userId);
    case 'users':
      return nextUsernames(dependencies, run, stage.clusterId, after);
    case 'platform':
    case 'closing':
      return Promise.resolve([]);
  }
}

function check(dependencies: ReconcilerDependencies, work: PageWork): Promise<void> {
  const { stage } = work.page;
  switch (stage.kind) {
    case 'owners':
      return checkOwners(dependencies, work);
    case 'apps':
      return checkApps(dependencies, work);
    case 'users':
      return checkUsersOf(dependencies, work, stage.clusterId);
    case 'platform':
      return checkPlatform(dependencies, work);
    case 'closing':
      return checkCounts(dependencies, work);
  }
}

async function workOnPage(dependencies: ReconcilerDependencies, run: ReconcileRunRecord, page: ReconcilePage, signal: AbortSignal): Promise<void> {
  const { runs, clock, leaseMilliseconds } = dependencies;
  const controller = new AbortController();
  const tally = newTally();
  const renew = async (): Promise<void> => {
    if (!(await runs.renewPage(page, new Date(clock.now().getTime() + leaseMilliseconds)))) throw new LeaseLost('another replica has the page');
  };
  await keepingLease({ clock, leaseMilliseconds, renew }, controller, () => check(dependencies, { run, page, tally, signal: AbortSignal.any([signal, controller.signal]) }));
  // What was not looked at to its end is looked at again, by whoever is next.
  if (signal.aborted) await runs.releasePage(page);
  else await finish(dependencies, page, tally);
}

async function finish({ runs, clock }: ReconcilerDependencies, page: ReconcilePage, { unreachable, ...counts }: MutableTally): Promise<void> {
  await runs.finishPage(page, { ...counts, unreachableClusters: [...unreachable] }, clock.now());
}

/** A page that fails again and again must not hold up the run: nothing is concluded from it. */
async function giveBack(dependencies: ReconcilerDependencies, page: ReconcilePage): Promise<void> {
  if (page.attempt < attemptsPerPage) await dependencies.runs.releasePage(page);
  else await finish(dependencies, page, { ...newTally(), undecided: page.keys.length });
}

/** Works on one run until there is nothing left of it for this replica. */
export async function workOnReconcileRun(dependencies: ReconcilerDependencies, run: ReconcileRunRecord, signal: AbortSignal): Promise<void> {
  const { runs, clock, owner, leaseMilliseconds, events } = dependencies;
  while (!signal.aborted) {
    const now = clock.now();
    // Page after page: within a page several databases are looked at at once.
    const page = await runs.takePage(run.id, { owner, now, expiresAt: new Date(now.getTime() + leaseMilliseconds) }, (stage, after) => keysAfter(dependencies, run, stage, after));
    if (page === undefined) break;
    try {
      await workOnPage(dependencies, run, page, signal);
    } catch (error) {
      if (error instanceof LeaseLost) continue;
      await giveBack(dependencies, page);
      throw error;
    }
  }
  if (!signal.aborted && (await runs.endIfDone(run.id, clock.now()))) {
    const found = (await runs.find(run.id))?.found ?? {};
    events.emit({ name: 'reconciler.run_ended', runId: run.id, isDryRun: run.isDryRun, found });
  }
}
