// Lists databases, a page at a time.
import { databaseEnvironments, databaseSorts, databaseStatuses, type DatabaseEnvironment, type DatabaseSort, type DatabaseStatus } from '@freehold/api';
import type { CommandDefinition } from '../command.js';
import { megabytes, quotaWords, table, when } from '../present.js';

export const dbList: CommandDefinition = {
  path: ['db', 'list'],
  summary: 'list databases',
  options: [
    { flags: '-s, --search <text>', description: 'part of the name or description' },
    { flags: '--status <status>', description: 'only those in this status', choices: databaseStatuses },
    { flags: '-e, --environment <environment>', description: 'only those of this environment', choices: databaseEnvironments },
    { flags: '--sort <field>', description: 'order; a leading "-" turns it round', choices: databaseSorts, defaultValue: 'created_at' },
    { flags: '--limit <count>', description: 'how many at most', defaultValue: '100' },
    { flags: '--offset <count>', description: 'how many to skip', defaultValue: '0' },
  ],
  run: async (context, _positional, options) => {
    const page = await context.client().databases.list({
      limit: Number(options['limit']),
      offset: Number(options['offset']),
      sort: options['sort'] as DatabaseSort,
      ...(typeof options['search'] === 'string' ? { search: options['search'] } : {}),
      ...(typeof options['status'] === 'string' ? { status: options['status'] as DatabaseStatus } : {}),
      ...(typeof options['environment'] === 'string' ? { environment: options['environment'] as DatabaseEnvironment } : {}),
    });
    const rows = page.items.map((database) => [
      database.id, `${database.name}${database.is_default ? ' *' : ''}`, database.status, database.environment,
      megabytes(database.current_size_mb), quotaWords(database), String(database.app_count), when(database.created_at),
    ]);
    const shown = table(['id', 'name', 'status', 'environment', 'size', 'quota', 'apps', 'created'], rows, 'No databases. Make one with `freehold db create <name>`.');
    const rest = page.total > page.offset + page.items.length ? `\n${page.items.length} of ${page.total}; see more with --offset ${page.offset + page.items.length}.` : '';
    return { data: page, text: shown + rest };
  },
};
