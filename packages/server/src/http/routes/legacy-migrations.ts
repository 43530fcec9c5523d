// Bringing in the users of an earlier platform.
import { Readable } from 'node:stream';
import { routes, type LegacyLogEntry } from '@freehold/api';
import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.js';
import type { EventStreams } from '../event-stream.js';
import { handle } from '../route-call.js';

const heading = ['user_id', 'outcome', 'findings', 'database_id', 'mongo_database', 'operation_id', 'rolled_back_by', 'at'] as const;

/** RFC 4180; a text that a spreadsheet would take for a formula gets a quote before it: ids of users are whatever the earlier platform made. */
function csvField(value: string | null): string {
  const text = value ?? '';
  const safe = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function csvLine(entry: LegacyLogEntry): string {
  return heading.map((field) => csvField(field === 'findings' ? entry.findings.map(({ code }) => code).join(' ') : entry[field])).join(',');
}

async function* lines(entries: AsyncGenerator<LegacyLogEntry, void>, format: 'ndjson' | 'csv'): AsyncGenerator<string, void> {
  if (format === 'csv') yield `${heading.join(',')}\r\n`;
  for await (const entry of entries) yield format === 'csv' ? `${csvLine(entry)}\r\n` : `${JSON.stringify(entry)}\n`;
}

export function registerLegacyMigrationRoutes(server: FastifyInstance, { legacyMigrations, eventStreams }: Pick<HttpDependencies, 'legacyMigrations'> & { readonly eventStreams: EventStreams }): void {
  const table = routes.legacyMigrations;
  handle(server, table.start, async ({ actor, body }) => ({ status: 202, body: await legacyMigrations.start(actor, body) }));
  handle(server, table.list, async ({ actor, query }) => ({ status: 200, body: await legacyMigrations.list(actor, query) }));
  handle(server, table.get, async ({ actor, params }) => ({ status: 200, body: await legacyMigrations.get(actor, params.id) }));
  handle(server, table.events, async ({ actor, params, request, reply }) => {
    const states = await legacyMigrations.follow(actor, params.id);
    const body = eventStreams.open({ request, reply }, async function* (signal) {
      for await (const data of states(signal)) yield { event: 'run', data };
      return 'ended';
    });
    return { status: 200, body };
  });
  handle(server, table.log, async ({ actor, params, query }) => ({ status: 200, body: await legacyMigrations.log(actor, params.id, query) }));
  handle(server, table.export, async ({ actor, params, query, reply }) => {
    const entries = await legacyMigrations.export(actor, params.id, query);
    void reply.type(query.format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson').header('content-disposition', `attachment; filename="legacy-migration-${params.id}.${query.format}"`);
    return { status: 200, body: Readable.from(lines(entries, query.format)) };
  });
  handle(server, table.pause, async ({ actor, params }) => ({ status: 200, body: await legacyMigrations.pause(actor, params.id) }));
  handle(server, table.resume, async ({ actor, params }) => ({ status: 200, body: await legacyMigrations.resume(actor, params.id) }));
  handle(server, table.rollback, async ({ actor, params, body }) => ({ status: 202, body: await legacyMigrations.rollback(actor, params.id, body) }));
}
