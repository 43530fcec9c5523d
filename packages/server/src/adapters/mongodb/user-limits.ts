// The limits of users as their documents and those of their plans say. A user's document has `plan` (absent: the default one), `limits` and
// `rate_limits` of the user's own, and `total_quota_mb`, which is one of these limits and older than them.
import type { Collection, Document } from 'mongodb';
import { z } from 'zod';
import { defaultPlanName, parseStoredLimits, type LimitValues, type UserLimits } from '../../domain/limits.js';
import { builtInPlan, userLimits, type Plan } from '../../domain/plans.js';
import { parseStoredOverrides } from '../../domain/rate-limits.js';
import { controlCollections } from './control-collections.js';
import type { StoreSession } from './store-session.js';

/** The fields of a user's document that say what their limits are. */
export const userLimitsProjection = { plan: 1, limits: 1, total_quota_mb: 1 } as const;

const planSchema = z.object({
  _id: z.string(),
  description: z.string().nullable().default(null),
  limits: z.unknown().default(null).transform(parseStoredLimits),
  rate_limits: z.unknown().default(null).transform(parseStoredOverrides),
  updated_at: z.date().nullable().default(null),
});

export interface PlanDocument {
  readonly _id: string;
  readonly description: string | null;
  readonly limits: Document;
  readonly rate_limits: Document;
  readonly updated_at: Date;
  /** Grows whenever somebody is put on the plan, so that its removal at the same moment conflicts. */
  readonly assignments: number;
}

export function plansCollection({ db }: Pick<StoreSession, 'db'>): Collection<PlanDocument> {
  return db.collection<PlanDocument>(controlCollections.plans);
}

/** A plan as it is stored. */
export function parsePlan(document: unknown): Plan {
  const { _id: name, description, limits, rate_limits: rateLimits, updated_at: updatedAt } = planSchema.parse(document);
  return { name, description, limits, rateLimits, updatedAt };
}

/** The plan that a user's document names. */
export function planNameOf(document: Document): string {
  return typeof document['plan'] === 'string' ? document['plan'] : defaultPlanName;
}

/** The plans of these users, by name; the built-in one where nobody has changed it. */
export async function plansOf(at: Pick<StoreSession, 'db' | 'session'>, users: readonly Document[]): Promise<ReadonlyMap<string, Plan>> {
  const names = [...new Set(users.map(planNameOf))];
  const documents = names.length === 0 ? [] : await plansCollection(at).find({ _id: { $in: names } }, at.session === undefined ? {} : { session: at.session }).toArray();
  return new Map([[builtInPlan.name, builtInPlan], ...documents.map(parsePlan).map((plan) => [plan.name, plan] as const)]);
}

/** The user's own limits. */
function overridesOf(document: Document): LimitValues {
  const total: unknown = document['total_quota_mb'];
  return { ...parseStoredLimits(document['limits']), ...(typeof total === 'number' ? { total_quota_mb: total } : {}) };
}

/** The limits of the user of this document. */
export function userLimitsOf(document: Document, plans: ReadonlyMap<string, Plan>): UserLimits {
  return userLimits(overridesOf(document), plans.get(planNameOf(document)));
}
