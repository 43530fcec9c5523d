// The table of event types as a page of the documentation.
import * as z from 'zod';
import { eventTypes, type EventTypeDefinition } from './resources/event.js';

const opening = `# Events

<!-- Made from packages/api/src/resources/event.ts by \`npm run docs\`; change it there. -->

What happens to your databases, apps and credentials is written down as an event, in the same transaction as the thing itself: nothing is
told that did not happen, and nothing that happened is left out. Events are kept for 30 days. None holds a password, a token or a URI.

\`\`\`json
{"id": "6743…", "sequence": 42, "type": "database.created", "at": "2026-01-31T12:00:00.000Z", "operation_id": "0b6c…",
 "data": {"database_id": "3f2a90c1", "name": "shop", "environment": "production", "cluster_id": "primary"}}
\`\`\`

\`sequence\` counts 1, 2, 3 … in each account, without gaps: whoever has seen one number has seen all before it.

## The stream

\`GET /api/events\` streams events as they happen (server-sent events; \`freehold events --follow\`). A reader that comes back with
\`Last-Event-ID\`, or \`?since=<sequence>\`, goes on behind the last event it has seen, through whichever replica; \`?follow=false\` ends the stream when it has
caught up, \`?since=0\` begins with the oldest event. A comment every ten seconds keeps a silent stream open. An event named \`end\` says
that it is over for good; a stream that ends without one was cut, and is worth opening again. The client of \`@freehold/api\` does all that:

\`\`\`ts
for await (const event of client.events.stream({ since: 0 })) console.log(event.sequence, event.type, event.data);
\`\`\`

\`GET /api/operations/{id}/events\` streams one operation the same way, until it has ended (\`freehold operation watch <id>\`).

## Webhooks

\`POST /api/webhooks {"url": "https://…", "event_types": ["quota.exceeded"]}\` has events POSTed to an address, as
[Standard Webhooks](https://www.standardwebhooks.com) defines it: \`webhook-id\` names the event (the same in every attempt and every replay),
\`webhook-timestamp\` the attempt (seconds), and \`webhook-signature\` is \`v1,\` and the base64 of HMAC-SHA256 over \`id.timestamp.body\`, with
the key that the base64 after \`whsec_\` of the secret stands for. The secret is in the answer to that call and nowhere else. After
\`POST /api/webhooks/{id}/rotate-secret\` requests carry a signature by each of both secrets for a day, or for \`overlap_seconds\`.

- **At least once.** An event arrives twice where a process died between sending it and writing that down: keep the ids you have seen. Order is
  not promised; \`sequence\` is.
- **Again, for three days.** What is not answered with 2xx within 15 seconds is sent again after 5 seconds, 20 seconds, and so on up to 12 hours, about 13
  times. \`GET /api/webhooks/{id}/deliveries\` shows each attempt; \`POST …/deliveries/{delivery_id}/replay\` sends one again, and
  \`POST /api/webhooks/{id}/replay {"since": "…"}\` all since a time.
- **Switched off.** A webhook that failed for three days on end, or answers 410, is switched off (\`webhook.disabled\`);
  \`PATCH /api/webhooks/{id} {"enabled": true}\` switches it on again.
- **Where to.** Only \`https://\` addresses of the public internet, looked at when the connection is made; redirects are not followed.
  \`FREEHOLD_WEBHOOK_ALLOW_PRIVATE=on\` lifts both, where the platform and its users share a network.

## E-mail

With \`FREEHOLD_SMTP_URL\` set, accounts get an e-mail of the types marked below; \`PATCH /api/notifications {"email": {"event_types": […]}}\` changes which.

## Types

| type | e-mail | what it says | \`data\` |
| --- | --- | --- | --- |
`;

function fieldsOf(schema: z.ZodObject): string {
  return Object.entries(schema.shape as Readonly<Record<string, z.ZodType>>).map(([name, field]) => {
    const { description } = z.toJSONSchema(field);
    return `\`${name}\`${description === undefined || name.endsWith('_at') || name.endsWith('_until') ? '' : ` (${description.charAt(0).toLowerCase()}${description.slice(1)})`}`;
  }).join(', ');
}

function row([name, { meaning, data, isMailedByDefault }]: readonly [string, EventTypeDefinition]): string {
  return `| \`${name}\` | ${isMailedByDefault === true ? 'yes' : ''} | ${meaning} | ${fieldsOf(data)} |`;
}

/** The text of docs/events.md. */
export function eventPage(): string {
  const rows = Object.entries<EventTypeDefinition>(eventTypes);
  const ofUsers = rows.filter(([, { audience }]) => audience === 'user').map(row);
  const ofPlatform = rows.filter(([, { audience }]) => audience === 'platform').map(row);
  return `${opening}${ofUsers.join('\n')}

For operators, in the stream of the platform (\`?stream=platform\`, and webhooks with \`"stream": "platform"\`):

| type | e-mail | what it says | \`data\` |
| --- | --- | --- | --- |
${ofPlatform.join('\n')}
`;
}
