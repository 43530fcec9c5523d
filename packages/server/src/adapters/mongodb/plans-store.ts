// Plans. Whoever is put on one writes to it, so that removing it at the same moment conflicts.
import type { Document } from 'mongodb';
import { defaultPlanName } from '../../domain/limits.js';
import { builtInPlan, PlanAbsent, PlanInUse, PlanNameTaken, type Plan } from '../../domain/plans.js';
import { storedOverrides } from '../../domain/rate-limits.js';
import { largestPlanCount, type PlanChange, type PlanStore } from '../../ports/plans.js';
import { controlCollections } from './control-collections.js';
import { hasCode, mongoCodes } from './failures.js';
import { inSession, type StoreSession } from './store-session.js';
import { parsePlan, plansCollection } from './user-limits.js';

function toFields({ description, limits, rateLimits }: PlanChange): Document {
  return {
    ...(description === undefined ? {} : { description }), ...(limits === undefined ? {} : { limits: { ...limits } }),
    ...(rateLimits === undefined ? {} : { rate_limits: storedOverrides(rateLimits) }),
  };
}

export class MongoPlanStore implements PlanStore {
  readonly #at: StoreSession;

  constructor(at: StoreSession) {
    this.#at = at;
  }

  async find(name: string): Promise<Plan | undefined> {
    const document = await plansCollection(this.#at).findOne({ _id: name }, inSession(this.#at));
    if (document !== null) return parsePlan(document);
    return name === defaultPlanName ? builtInPlan : undefined;
  }

  async list({ limit, offset }: { readonly limit: number; readonly offset: number }): Promise<{ readonly items: readonly Plan[]; readonly total: number }> {
    const stored = await plansCollection(this.#at).find({ _id: { $gte: '' } }, inSession(this.#at)).sort({ _id: 1 }).limit(largestPlanCount + 1).toArray();
    const plans = stored.map(parsePlan);
    const all = plans.some(({ name }) => name === defaultPlanName) ? plans : [...plans, builtInPlan].sort((a, b) => (a.name < b.name ? -1 : 1));
    return { items: all.slice(offset, offset + limit), total: all.length };
  }

  async insert({ name, updatedAt, ...fields }: Plan): Promise<void> {
    if (name === defaultPlanName) throw new PlanNameTaken('the built-in plan has this name');
    try {
      await plansCollection(this.#at).insertOne({
        _id: name, description: fields.description, limits: { ...fields.limits }, rate_limits: storedOverrides(fields.rateLimits), updated_at: updatedAt ?? new Date(0), assignments: 0,
      }, inSession(this.#at));
    } catch (error) {
      if (hasCode(error, mongoCodes.duplicateKey)) throw new PlanNameTaken('there is a plan of this name', { cause: error });
      throw error;
    }
  }

  async change(name: string, change: PlanChange, at: Date): Promise<Plan | undefined> {
    const update = { $set: { ...toFields(change), updated_at: at } };
    // The built-in plan becomes a document when it is changed for the first time.
    const options = { returnDocument: 'after', upsert: name === defaultPlanName, ...inSession(this.#at) } as const;
    const document = await plansCollection(this.#at).findOneAndUpdate({ _id: name }, update, options);
    return document === null ? undefined : parsePlan(document);
  }

  async remove(name: string): Promise<void> {
    if (name === defaultPlanName) throw new PlanInUse(0);
    await this.#at.transact(async (session) => {
      const { deletedCount } = await plansCollection(this.#at).deleteOne({ _id: name }, { session });
      if (deletedCount === 0) throw new PlanAbsent('there is no such plan');
      const userCount = await this.#at.db.collection(controlCollections.users).countDocuments({ plan: name }, { session });
      if (userCount > 0) throw new PlanInUse(userCount);
    });
  }
}
