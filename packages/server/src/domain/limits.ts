// What a user may hold: the user's own limits before those of their plan, these before the platform's (R2.3, R5.3). One pure function says
// which is in force, and where it comes from.
import { limitNames, type LimitName, type LimitSource } from '@freehold/api';

export { limitNames, type LimitName, type LimitSource };

export interface LimitRule {
  /** Null: none. */
  readonly defaultValue: number | null;
  readonly meaning: string;
}

/** Every limit, and what it is where neither the user nor their plan says otherwise. */
export const limitRules: Readonly<Record<LimitName, LimitRule>> = {
  max_databases: { defaultValue: 10_000, meaning: 'Databases that a user may have; one that is deleted counts until it is purged.' },
  max_apps: { defaultValue: 1_000, meaning: 'Apps that a user may have.' },
  max_tokens: { defaultValue: 1_000, meaning: 'API tokens that a user may have.' },
  max_webhooks: { defaultValue: 20, meaning: 'Webhooks that a user may have.' },
  default_quota_mb: { defaultValue: null, meaning: 'Megabytes that a database is promised for which nobody asks for a quota.' },
  max_quota_mb: { defaultValue: null, meaning: 'Megabytes that a user may give one database as its quota. An operator may give more.' },
  total_quota_mb: { defaultValue: null, meaning: 'Megabytes that all databases of a user may hold, and be promised, together.' },
  connection_budget: { defaultValue: null, meaning: 'Connections that the apps of one database are to open together.' },
};

export type LimitValue = number | 'unlimited';
/** What a plan or a user says; what is left out is for the next to say. */
export type LimitValues = Readonly<Partial<Record<LimitName, LimitValue>>>;

/** What a user's limits follow from. */
export interface UserLimits {
  readonly plan: { readonly name: string; readonly limits: LimitValues };
  readonly overrides: LimitValues;
}

/** The plan of everybody for whom no other is named. */
export const defaultPlanName = 'default';

/** Nothing is said of this user, nor by their plan. */
export const noUserLimits: UserLimits = { plan: { name: defaultPlanName, limits: {} }, overrides: {} };

export interface EffectiveLimit {
  /** Null: there is none. */
  readonly limit: number | null;
  readonly source: LimitSource;
}

/** The limit in force: the user's own, else their plan's, else the platform's (`platform`: what its settings say), else the table's. */
export function effectiveLimit(name: LimitName, { plan, overrides }: UserLimits, platform: LimitValues = {}): EffectiveLimit {
  const chosen = overrides[name] ?? plan.limits[name] ?? platform[name];
  const source: LimitSource = overrides[name] !== undefined ? 'override' : plan.limits[name] !== undefined ? 'plan' : 'default';
  if (chosen === undefined) return { limit: limitRules[name].defaultValue, source };
  return { limit: chosen === 'unlimited' ? null : chosen, source };
}

/** The limit alone. */
export function limitOf(name: LimitName, user: UserLimits, platform?: LimitValues): number | null {
  return effectiveLimit(name, user, platform).limit;
}

/** A user may have no more of something than they do. */
export class LimitReached extends Error {
  override readonly name = 'LimitReached';

  constructor(readonly limitName: LimitName, readonly limit: number, readonly used: number) {
    super(`the limit ${limitName} is reached`);
  }
}

/** Limits as they are stored. What cannot be read is as if it were not there: a slip in one leaves the others in force. */
export function parseStoredLimits(stored: unknown): LimitValues {
  if (typeof stored !== 'object' || stored === null) return {};
  const fields = stored as Readonly<Record<string, unknown>>;
  return Object.fromEntries(limitNames.flatMap((name) => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return value === 'unlimited' || (typeof value === 'number' && value >= 0) ? [[name, value]] : [];
  }));
}
