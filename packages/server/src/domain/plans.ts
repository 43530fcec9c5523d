// Plans: named sets of limits that users are put on (R5.3).
import { defaultPlanName, limitNames, type LimitValues, type UserLimits } from './limits.js';
import { rateLimitNames, type RateLimitOverrides } from './rate-limits.js';

export interface Plan {
  readonly name: string;
  readonly description: string | null;
  /** What it leaves out is as for the whole platform. */
  readonly limits: LimitValues;
  readonly rateLimits: RateLimitOverrides;
  /** Null: the built-in plan, which nobody has changed yet. */
  readonly updatedAt: Date | null;
}

/** The plan that is there without being made: it says nothing until an operator changes it. */
export const builtInPlan: Plan = { name: defaultPlanName, description: 'For everybody who has no other plan.', limits: {}, rateLimits: {}, updatedAt: null };

/** What a user's own limits and their plan come to; the plan may have been named by an earlier version and be gone. */
export function userLimits(overrides: LimitValues, plan: Pick<Plan, 'name' | 'limits'> = builtInPlan): UserLimits {
  return { plan: { name: plan.name, limits: plan.limits }, overrides };
}

/** A user's rate limits: rule by rule the user's own before the plan's. What the user's own rule leaves out, the plan's says. */
export function mergeRateLimits(plan: RateLimitOverrides, user: RateLimitOverrides): RateLimitOverrides {
  return Object.fromEntries(rateLimitNames.flatMap((name) => {
    const [ofPlan, ofUser] = [plan[name], user[name]];
    if (ofUser === undefined) return ofPlan === undefined ? [] : [[name, ofPlan]];
    return [[name, ofUser === null ? null : { ...ofPlan, ...ofUser }]];
  }));
}

/** Limits after a change: null takes one back. */
export function changedLimits(limits: LimitValues, changes: Readonly<Partial<Record<keyof LimitValues, LimitValues[keyof LimitValues] | null>>>): LimitValues {
  return Object.fromEntries(limitNames.flatMap((name) => {
    const value = changes[name] === undefined ? limits[name] : changes[name];
    return value === undefined || value === null ? [] : [[name, value]];
  }));
}

/** There is no plan of this name. */
export class PlanAbsent extends Error {
  override readonly name = 'PlanAbsent';
}

/** There is a plan of this name. */
export class PlanNameTaken extends Error {
  override readonly name = 'PlanNameTaken';
}

/** Users are on the plan. */
export class PlanInUse extends Error {
  override readonly name = 'PlanInUse';

  constructor(readonly userCount: number) {
    super('users are on the plan');
  }
}
