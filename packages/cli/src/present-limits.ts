// Limits as people of a terminal see them, and as they write them.
import { limitNames, type LimitChanges, type LimitName, type Limits, type RateLimitRuleChanges } from '@freehold/api';
import type { OptionDefinition, OptionValues } from './command.js';
import { CommandFailure } from './failures.js';
import { fields, megabytes, table } from './present.js';

/** `12 of 100`, or what there is where nothing limits it. */
function standing({ limit, used }: { readonly limit: number | null; readonly used: number | null }, show: (value: number) => string = String): string {
  const allowed = limit === null ? 'no limit' : show(limit);
  return used === null ? allowed : `${show(used)} of ${allowed}`;
}

function duration(seconds: number): string {
  const [unit, length] = ([['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]] as const).find(([, each]) => seconds % each === 0)!;
  const count = seconds / length;
  return count === 1 ? `per ${unit}` : `in ${count} ${unit}s`;
}

/** Everything of the answer. */
export function describeLimits({ plan, limits, quota, rate_limits: rules }: Limits): string {
  const shownInMegabytes: ReadonlySet<LimitName> = new Set(['default_quota_mb', 'max_quota_mb', 'total_quota_mb']);
  const rows = limitNames.map((name) => [name, standing(limits[name], shownInMegabytes.has(name) ? megabytes : String), limits[name].source]);
  const rateRows = rules.map((rule) => [
    rule.name, rule.limit === null || rule.window_seconds === null ? 'no limit' : `${rule.limit} ${duration(rule.window_seconds)} for each ${rule.scope}`,
    rule.remaining === null ? '' : String(rule.remaining), rule.source,
  ]);
  const quotas = fields({
    plan, 'held together': megabytes(quota.used_mb), promised: megabytes(quota.promised_mb), 'free to promise': quota.free_mb === null ? 'as much as you like' : megabytes(quota.free_mb),
  });
  return `${quotas}\n\n${table(['limit', 'used', 'from'], rows, '')}\n\n${table(['rate limit', 'allows', 'left', 'from'], rateRows, '')}`;
}

/** What both plans and users take. */
export const limitOptions: readonly OptionDefinition[] = [
  { flags: '--set <name=value>', description: `a limit: a number, or \`unlimited\` (${limitNames.join(', ')})`, isRepeatable: true },
  { flags: '--unset <name>', description: 'take a limit back', isRepeatable: true },
  { flags: '--rate-limit <rule=value>', description: 'a rate limit: `20` or `20/3600` (seconds), `off`, or nothing to take it back', isRepeatable: true },
];

function listed(value: OptionValues[string]): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : typeof value === 'string' ? [value] : [];
}

function refuse(text: string, remedy: string): never {
  throw new CommandFailure('usage', 'OPTION_INVALID', `\`${text}\` is not understood.`, remedy);
}

function assignment(text: string): readonly [string, string] {
  const separator = text.indexOf('=');
  return separator < 1 ? refuse(text, 'Write name=value.') : [text.slice(0, separator), text.slice(separator + 1)];
}

function limitName(name: string): LimitName {
  const found = limitNames.find((known) => known === name);
  return found ?? refuse(name, `The limits are ${limitNames.join(', ')}.`);
}

function limitValue(text: string): number | 'unlimited' {
  if (text === 'unlimited') return text;
  return /^\d+$/u.test(text) ? Number(text) : refuse(text, 'Write a whole number, or `unlimited`.');
}

function rateLimit(text: string): RateLimitRuleChanges[string] {
  if (text === '') return null;
  if (text === 'off') return text;
  const [, limit, seconds] = /^(\d+)(?:\/(\d+))?$/u.exec(text) ?? refuse(text, 'Write `20`, `20/3600`, or `off`.');
  return { limit: Number(limit), ...(seconds === undefined ? {} : { window_seconds: Number(seconds) }) };
}

/** The limits that the options change; undefined: none. */
export function limitChanges({ set, unset }: OptionValues): LimitChanges | undefined {
  const changes = [
    ...listed(set).map((text) => assignment(text)).map(([name, value]) => [limitName(name), limitValue(value)] as const),
    ...listed(unset).map((name) => [limitName(name), null] as const),
  ];
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

/** The rate limits that the options change; undefined: none. */
export function rateLimitChanges({ rateLimit: given }: OptionValues): RateLimitRuleChanges | undefined {
  const changes = listed(given).map((text) => assignment(text)).map(([name, value]) => [name, rateLimit(value)] as const);
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

/** Limits that a plan or a user has, one a line. */
export function describeOwnLimits(limits: Readonly<Partial<Record<LimitName, number | string | undefined>>>, rules: Readonly<Record<string, 'off' | { readonly limit?: number | undefined; readonly window_seconds?: number | undefined }>>): readonly string[] {
  return [
    ...Object.entries(limits).map(([name, value]) => `${name}=${value}`),
    ...Object.entries(rules).map(([name, rule]) => `${name}=${rule === 'off' ? 'off' : [rule.limit ?? '', rule.window_seconds].filter((part) => part !== undefined).join('/')}`),
  ];
}
