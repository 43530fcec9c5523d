// Shows runs over legacy users: one, or all.
import type { CommandDefinition } from '../command.js';
import { table, when } from '../present.js';
import { exitOf, followRun, showRun } from '../present-legacy.js';

export const migrateLegacyStatus: CommandDefinition = {
  path: ['migrate-legacy', 'status'],
  summary: 'show runs over legacy users (operators)',
  description: 'Without a run: all of them, the newest first. Exit code 8: the run has ended, or stands, with something left to do.',
  arguments: [{ name: '[run]', description: 'its id' }],
  options: [{ flags: '-f, --follow', description: 'stay until the run has ended' }],
  run: async (context, [id], options) => {
    const client = context.client();
    if (id !== undefined) {
      const run = await client.legacyMigrations.get({ id });
      if (options['follow'] === true && run.state === 'running') return followRun(context, client, run);
      return { data: run, text: showRun(run), exit: run.state === 'running' ? 'ok' : exitOf(run) };
    }
    const page = await client.legacyMigrations.list({ limit: 100 });
    const rows = page.items.map((run) => [run.id, run.mode, run.state, `${run.done}/${run.total}`, when(run.created_at)]);
    return { data: page, text: table(['run', 'mode', 'state', 'users', 'started'], rows, 'No runs. Begin with `freehold migrate-legacy plan`.') };
  },
};
