// docs/rate-limits.md, made from the table of rules.
import { rateLimitEntries, type RateLimitCount, type RateLimitRule, type RateLimitScope } from '../domain/rate-limits.js';

const scopeWords: Readonly<Record<RateLimitScope, string>> = { user: 'user', database: 'database', address: 'address', credential: 'session or API token' };

const countWords: Readonly<Record<RateLimitCount, string>> = {
  successes: 'calls that succeed', failed_sign_ins: 'calls that answer 401', attempts: 'all calls', misses: 'calls that answer 404',
};

/** `3600` as `1 hour`. */
function duration(seconds: number): string {
  const units = [['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]] as const;
  const [unit, length] = units.find(([, each]) => seconds % each === 0)!;
  const count = seconds / length;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

function callsOf({ calls }: RateLimitRule): string {
  if (calls === '*') return 'all with a credential';
  if (calls === 'ids') return 'all that may answer 404';
  return calls.map((name) => `\`${name}\``).join(', ');
}

function row(name: string, rule: RateLimitRule): string {
  return `| \`${name}\` | ${rule.limit} in ${duration(rule.windowSeconds)} | ${scopeWords[rule.scope]} | ${countWords[rule.counts]} | ${callsOf(rule)} | ${rule.meaning} |`;
}

/** How limits are changed: for the platform, a plan, a user. */
const otherLimits = `## Other limits

\`FREEHOLD_RATE_LIMITS\` (or \`rateLimits\` in the configuration file) names what differs from the table; what it leaves out stays:

\`\`\`sh
FREEHOLD_RATE_LIMITS='{"database_creation": {"limit": 20}, "database_deletion": {"limit": 5, "window_seconds": 600}, "sign_ups": "off"}' freehold up
\`\`\`

\`"off"\` switches one rule off. \`FREEHOLD_RATE_LIMITS=off\` switches all of them off, and the lock after failed sign-ins with them: for tests
and benchmarks. An unknown rule is an error that lists the rules. All replicas should have the same setting.

A plan, and one user, may have limits of their own in the same form; the user's come before the plan's, and these before the platform's (all but
those by address, which have no user). They are in force some seconds later:

\`\`\`sh
freehold plan set large --rate-limit database_creation=50 --rate-limit requests=off
freehold user update ana@example.org --rate-limit database_creation=100/3600
\`\`\`

Over the API that is \`PATCH /api/admin/plans/{plan}\` and \`PATCH /api/admin/users/{id}\` with \`{"rate_limits": {"database_creation": {"limit": 100}}}\`;
null takes a rule back. \`GET /api/limits\` (\`freehold limits\`) shows users every rule, what is left of it, and whether it is their own
(\`override\`), their plan's, or the platform's (\`default\`).

\`GET /api/admin/users/{id}/rate-limits\` shows the same to operators, with the databases whose own limits are partly used. \`DELETE\` of it, or
\`freehold user update <user> --reset-rate-limits\`, gives somebody their uses of all rules by user and by database back: at once by the
replica that was asked, within five seconds by all others. That works while Redis is away, too: the uses are counted anew from then on, under names of their own,
and what was counted before expires by itself.`;

/** The text of the page. */
export function renderRateLimitsPage(): string {
  return `# Rate limits

<!-- Made from packages/server/src/domain/rate-limits.ts by \`npm run docs\`; change it there. -->

| rule | limit | for each | counted | calls | what it limits |
| --- | --- | --- | --- | --- | --- |
${rateLimitEntries().map(([name, rule]) => row(name, rule)).join('\n')}

A window begins with the first use of a limit and ends after its length; then the count begins anew. Changes by
\`POST /api/databases/bulk\` count one by one, as if each had been asked for alone: those above the limit fail with \`RATE_LIMITED\` in their
own results.

## What an answer says

Answers of limited calls carry \`RateLimit-Limit\`, \`RateLimit-Remaining\` and \`RateLimit-Reset\` (seconds until the window ends). A
call above a limit is answered with 429, \`Retry-After\` and

\`\`\`json
{"error": {"code": "RATE_LIMITED", "message": "Too many requests of this kind.", "details": {"limit": 5, "window_seconds": 3600, "retry_after_seconds": 1740, "rule": "database_creation"}}}
\`\`\`

The limits of misses and of all requests show their headers on 429 alone, and an answer of 404 never has them: other people's ids
answer exactly as absent ones.

## What counts

- A use is counted before the call runs, so that the limit holds for calls at the same time too. Where only successes count, a call
  that is refused or fails gives its use back.
- A malformed request (400) counts for \`requests\` alone. Neither does a repeat that is answered from its \`Idempotency-Key\`: it did nothing.
- A call above a limit is not counted either: waiting for \`Retry-After\` is enough, however often it was tried.
- So does one that answers 503 although its operation goes on by itself and succeeds later: outages are nobody's fault.
- A process that is killed while a call runs cannot give its use back: the call has counted, and counts again when it is repeated.
- Misses: each replica refuses a user from the moment it knows that the limit is used up; one that does not know it yet learns it with
  the user's next miss, which it refuses.

${otherLimits}

## Where they are counted

In the control database, in \`rate_limits\`, so for all replicas together and across restarts; with \`FREEHOLD_REDIS_URL\` in Redis. While Redis does not
answer, the control database counts, beginning anew, so that across an outage a window may see up to twice its limit; when Redis is
back, it counts again by itself. The log says \`redis.lost\`, \`redis.connected\` and \`rate_limit.store_changed\`; \`freehold_redis_up\` is 0 meanwhile,
and \`freehold_rate_limited_total{rule}\` counts refusals. \`requests\` is counted in the memory of each replica for itself: it costs nothing, and
as many replicas allow as many times its limit. Clocks of replicas should agree within a second. A clock that jumps forward begins windows anew; one
that jumps back keeps nobody waiting for longer than a window (misses: two) and forgets no use.
`;
}
