// Lists apps, a page at a time.
import type { CommandDefinition } from '../command.js';
import { table, when } from '../present.js';

export const appList: CommandDefinition = {
  path: ['app', 'list'],
  summary: 'list apps',
  options: [
    { flags: '--limit <count>', description: 'how many at most', defaultValue: '100' },
    { flags: '--offset <count>', description: 'how many to skip', defaultValue: '0' },
  ],
  run: async (context, _positional, options) => {
    const page = await context.client().apps.list({ limit: Number(options['limit']), offset: Number(options['offset']) });
    const rows = page.items.map((app) => [
      app.id, app.name, app.status, app.database_id ?? '(default)', app.last_deployed_at === null ? 'never' : when(app.last_deployed_at), app.status_message ?? '',
    ]);
    return { data: page, text: table(['id', 'name', 'status', 'database', 'deployed', 'message'], rows, 'No apps. Make one with `freehold app create <name> -- <command>`.') };
  },
};
