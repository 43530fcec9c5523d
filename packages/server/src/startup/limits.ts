// Plans, limits, and what operators change of users.
import type { ControlConnection } from '../adapters/mongodb/control-database.js';
import { systemClock } from '../adapters/system/clock.js';
import type { LimitValues } from '../domain/limits.js';
import type { Authenticator } from '../services/accounts-authentication.js';
import { createAdminUserService } from '../services/admin-users.js';
import type { AdminUserService, LimitsService, PlanService } from '../services/contracts.js';
import { createLimitsService } from '../services/limits.js';
import { createPlanService } from '../services/plans.js';
import type { RateLimiter } from '../services/rate-limiter.js';

export interface LimitParts {
  readonly connection: ControlConnection;
  readonly authenticator: Authenticator;
  /** Undefined: nothing is limited. */
  readonly rateLimiter: RateLimiter | undefined;
  /** What the platform's settings say. */
  readonly platform: LimitValues;
}

export interface LimitServices {
  readonly plans: PlanService;
  readonly userLimits: LimitsService;
  readonly adminUsers: AdminUserService;
}

export function buildLimits({ connection: { control }, authenticator, rateLimiter: limiter, platform }: LimitParts): LimitServices {
  return {
    plans: createPlanService({ control, clock: systemClock }),
    userLimits: createLimitsService({ control, limiter, platform }),
    adminUsers: createAdminUserService({ control, clock: systemClock, authenticator, limiter }),
  };
}
