// Plans in the control database (R5.3). The built-in one is always there, whether anybody has changed it or not.
import type { Plan } from '../domain/plans.js';

export type PlanChange = Partial<Pick<Plan, 'description' | 'limits' | 'rateLimits'>>;

/** More plans than this there cannot be: whoever looks for those with a quota in total reads them all. */
export const largestPlanCount = 200;

export interface PlanStore {
  find(name: string): Promise<Plan | undefined>;
  /** By name. */
  list(page: { readonly limit: number; readonly offset: number }): Promise<{ readonly items: readonly Plan[]; readonly total: number }>;
  /** Throws PlanNameTaken. */
  insert(plan: Plan): Promise<void>;
  /** The plan after the change; undefined: there is none. */
  change(name: string, change: PlanChange, at: Date): Promise<Plan | undefined>;
  /** Throws PlanAbsent, PlanInUse. */
  remove(name: string): Promise<void>;
}
