// FREEHOLD_RATE_LIMITS: `off`, or what differs from the table of rules, as JSON.
import { z } from 'zod';
import { rateLimitNames, rateLimitOverrideSchema, type RateLimitName, type RateLimitOverrides } from '../domain/rate-limits.js';

/** Off: nothing is limited, sign-ins of a locked account included. */
export type RateLimitsSetting = 'off' | RateLimitOverrides;

const form = 'write `off`, or {"<rule>": {"limit": 10, "window_seconds": 3600} or "off", ...}';

function isName(name: string): name is RateLimitName {
  return (rateLimitNames as readonly string[]).includes(name);
}

/** A text of JSON from the environment or a flag; the configuration file may hold the object itself. */
export const rateLimitsSetting = z.unknown().transform((given, context): RateLimitsSetting => {
  const refuse = (message: string): typeof z.NEVER => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  if (typeof given === 'string' && given.trim().toLowerCase() === 'off') return 'off';
  const parsed = typeof given === 'string' ? asJson(given) : given;
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return refuse(`it is no JSON object: ${form}`);
  const overrides: [RateLimitName, RateLimitOverrides[RateLimitName]][] = [];
  for (const [name, value] of Object.entries(parsed)) {
    if (!isName(name)) return refuse(`there is no rule \'${name}\'; the rules are ${rateLimitNames.join(', ')}`);
    const override = rateLimitOverrideSchema.safeParse(value);
    if (!override.success) return refuse(`the rule \'${name}\' must be "off", or have a limit and window_seconds of 1 or more (up to 31 days), or either: ${form}`);
    overrides.push([name, override.data]);
  }
  return Object.fromEntries(overrides);
});

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
