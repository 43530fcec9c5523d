// The use cases of plans (`PlanService`): what operators make, change and delete.
import { ApiError, type CreatePlan, type Plan as PlanAnswer, type RateLimitRuleChanges } from '@freehold/api';
import { changedLimits, PlanAbsent, PlanInUse, PlanNameTaken, type Plan } from '../domain/plans.js';
import { parseStoredOverrides, rateLimitNames, storedOverrides, type RateLimitOverrides } from '../domain/rate-limits.js';
import type { Clock } from '../ports/clock.js';
import type { ControlDatabase, ControlStores } from '../ports/control-database.js';
import { largestPlanCount } from '../ports/plans.js';
import type { Actor, PlanService } from './contracts.js';
import { originOf } from './databases-world.js';

export interface PlanServiceDependencies {
  readonly control: ControlDatabase;
  readonly clock: Pick<Clock, 'now'>;
}

function present({ name, description, limits, rateLimits, updatedAt }: Plan): PlanAnswer {
  return { name, description, limits: { ...limits }, rate_limits: storedOverrides(rateLimits), updated_at: updatedAt?.toISOString() ?? null };
}

/** Rate limits after a change: null takes one back. Throws VALIDATION_FAILED for a rule that there is not. */
export function changedRateLimits(current: RateLimitOverrides, changes: RateLimitRuleChanges): RateLimitOverrides {
  const unknown = Object.keys(changes).filter((name) => !(rateLimitNames as readonly string[]).includes(name));
  if (unknown.length > 0) {
    const message = `is no rate limit; there are ${rateLimitNames.join(', ')}`;
    throw new ApiError('VALIDATION_FAILED', { issues: unknown.map((name) => ({ path: `body.rate_limits.${name}`, message })) });
  }
  const merged = { ...storedOverrides(current), ...changes };
  return parseStoredOverrides(Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)));
}

function asApiError(error: unknown): unknown {
  if (error instanceof PlanAbsent) return new ApiError('PLAN_NOT_FOUND');
  if (error instanceof PlanNameTaken) return new ApiError('PLAN_NAME_TAKEN');
  return error instanceof PlanInUse ? new ApiError('PLAN_IN_USE', { user_count: error.userCount }) : error;
}

/** Builds the service. */
export function createPlanService({ control, clock }: PlanServiceDependencies): PlanService {
  const change = async <Result>(actor: Actor, name: string, action: 'plan.created' | 'plan.updated' | 'plan.deleted', work: (stores: ControlStores, now: Date) => Promise<{ readonly result: Result; readonly details: Readonly<Record<string, unknown>> }>): Promise<Result> => {
    const now = clock.now();
    try {
      return await control.transaction(async (stores) => {
        const { result, details } = await work(stores, now);
        await stores.audit.record({ action, origin: originOf(actor), userId: actor.userId, subject: { kind: 'plan', id: name }, at: now, details });
        return result;
      });
    } catch (error) {
      throw asApiError(error);
    }
  };

  return {
    list: async ({ limit, offset }) => {
      const { items, total } = await control.plans.list({ limit, offset });
      return { items: items.map(present), total, limit, offset };
    },
    get: async (name) => {
      const plan = await control.plans.find(name);
      if (plan === undefined) throw new ApiError('PLAN_NOT_FOUND');
      return present(plan);
    },
    create: (actor, input: CreatePlan) => change(actor, input.name, 'plan.created', async (stores, now) => {
      const { total } = await stores.plans.list({ limit: 0, offset: 0 });
      if (total > largestPlanCount) throw new ApiError('LIMIT_REACHED', { limit: 'plans', allowed: largestPlanCount, used: total });
      const plan: Plan = {
        name: input.name, description: input.description ?? null, limits: changedLimits({}, input.limits), rateLimits: changedRateLimits({}, input.rate_limits), updatedAt: now,
      };
      await stores.plans.insert(plan);
      return { result: present(plan), details: { after: present(plan) } };
    }),
    update: (actor, name, input) => change(actor, name, 'plan.updated', async (stores, now) => {
      const before = await stores.plans.find(name);
      if (before === undefined) throw new PlanAbsent('there is no such plan');
      const after = await stores.plans.change(name, {
        ...(input.description === undefined ? {} : { description: input.description }),
        ...(input.limits === undefined ? {} : { limits: changedLimits(before.limits, input.limits) }),
        ...(input.rate_limits === undefined ? {} : { rateLimits: changedRateLimits(before.rateLimits, input.rate_limits) }),
      }, now);
      if (after === undefined) throw new PlanAbsent('there is no such plan');
      return { result: present(after), details: { before: present(before), after: present(after) } };
    }),
    remove: (actor, name) => change(actor, name, 'plan.deleted', async (stores) => {
      const before = await stores.plans.find(name);
      await stores.plans.remove(name);
      return { result: undefined, details: before === undefined ? {} : { before: present(before) } };
    }),
  };
}
