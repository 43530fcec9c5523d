// What each plan of a query would do, for `allPlansExecution`: the engine chooses by rules and runs one plan, so that the others are run
// for the explanation alone, as far as a mongod lets plans compete. Source: the manual's "Explain Results", `allPlansExecution`.
import type { CommandContext } from '../../dispatch/context.js';
import type { ExplainVerbosity } from '../../dispatch/command.js';
import type { CollectionEntry } from '../../storage/units.js';
import { runInSlices } from '../document-source.js';
import { PlanRun } from '../plan-run.js';
import type { PlanNode } from '../plan.js';
import type { PlannedQuery } from '../planner.js';
import { finished, needTime, type ExecutionStage, type RunMemory } from '../stages/stage.js';

/** MongoDB's `internalQueryPlanEvaluationMaxResults` and `internalQueryPlanEvaluationWorks`. */
const maxResults = 101;
const maxWorks = 10_000;

export interface TrialRun {
  readonly root: ExecutionStage;
  readonly duration_ms: number;
}

async function tryPlan(context: CommandContext, plan: PlanNode, collection: CollectionEntry, memory: RunMemory): Promise<TrialRun> {
  const run = new PlanRun(plan, collection, memory);
  const started_ms = performance.now();
  let results = 0;
  let works = 0;
  await runInSlices(context, run, () => {
    const row = run.work();
    works += 1;
    if (row !== finished && row !== needTime) results += 1;
    return row === finished || results >= maxResults || works >= maxWorks;
  });
  run.close();
  return { root: run.root, duration_ms: Math.round(performance.now() - started_ms) };
}

/** The first part of each plan's run, the winning one's first; none where there was nothing to choose from, or nobody asks. */
export async function trialRuns(context: CommandContext, collection: CollectionEntry, planned: PlannedQuery, verbosity: ExplainVerbosity, allowDiskUse: boolean): Promise<TrialRun[]> {
  const rejected = verbosity === 'allPlansExecution' ? planned.rejected() : [];
  if (rejected.length === 0) return [];
  const runs: TrialRun[] = [];
  for (const plan of [planned.winning, ...rejected]) {
    // One after the other: they are to be compared.
    runs.push(await tryPlan(context, plan, collection, { memory: context.services.workingMemory, allowDiskUse }));
  }
  return runs;
}
