// Shows who did what, when, and from where.
import type { AuditPage } from '@freehold/api';
import type { CommandDefinition, OptionValues } from '../command.js';
import { table, when } from '../present.js';

/** Fields of the query, and the options that hold them. */
const filters = { action: 'action', resource_id: 'resource', from: 'from', to: 'to', cursor: 'cursor' } as const;
const people = { user_id: 'user', actor_id: 'actor' } as const;

function queryOf<Field extends string>(options: OptionValues, fields: Readonly<Record<Field, string>>): Partial<Record<Field, string>> {
  const given = (Object.entries(fields) as [Field, string][]).filter(([, option]) => typeof options[option] === 'string');
  return Object.fromEntries(given.map(([field, option]) => [field, options[option]])) as Partial<Record<Field, string>>;
}

function rows({ items }: AuditPage): readonly (readonly string[])[] {
  return items.map(({ at, action, actor, resource }) => [
    when(at), action, `${resource.kind} ${resource.id}`, actor.user_id ?? 'the platform', actor.credential_kind, actor.remote_address ?? '',
  ]);
}

export const audit: CommandDefinition = {
  path: ['audit'],
  summary: 'show who did what, when, and from where',
  description: 'Shows what was done to what is yours, the newest first; with --all, for operators, what was done on the whole platform.',
  options: [
    { flags: '--all', description: 'of the whole platform, for operators' },
    { flags: '--action <action>', description: 'only this action, as database.created' },
    { flags: '--resource <id>', description: 'only what was done to this database, app, token, ...' },
    { flags: '--actor <user>', description: 'with --all: only what this account did, by id' },
    { flags: '--user <user>', description: 'with --all: only what was done to what is this account’s, by id' },
    { flags: '--from <time>', description: 'the earliest time, as 2026-01-31T00:00:00Z' },
    { flags: '--to <time>', description: 'the latest time' },
    { flags: '-n, --limit <count>', description: 'how many entries, 100 at most', defaultValue: '50' },
    { flags: '--cursor <cursor>', description: 'go on where an earlier page ended (next_cursor)' },
  ],
  examples: ['freehold audit --resource 3f2a90c1', 'freehold audit --all --action database.connection_read --from 2026-01-01T00:00:00Z'],
  run: async (context, _, options) => {
    const client = context.client();
    const query = queryOf(options, filters);
    const limit = Number(options['limit']);
    const page = options['all'] === true ? await client.audit.list({ ...query, ...queryOf(options, people), limit }) : await client.audit.listOwn({ ...query, limit });
    const more = page.next_cursor === null ? '' : `\n\nMore: --cursor ${page.next_cursor}`;
    return { data: page, text: `${table(['time', 'action', 'resource', 'by', 'with', 'from'], rows(page), 'No entries.')}${more}` };
  },
};
