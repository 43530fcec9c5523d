// Lets a paused run over legacy users go on.
import type { CommandDefinition } from '../command.js';
import { followRun, showRun } from '../present-legacy.js';

export const migrateLegacyResume: CommandDefinition = {
  path: ['migrate-legacy', 'resume'],
  summary: 'resume a paused run over legacy users (operators)',
  arguments: [{ name: '<run>', description: 'its id' }],
  options: [{ flags: '--detach', description: 'do not wait for the end' }],
  run: async (context, [id], options) => {
    const client = context.client();
    const run = await client.legacyMigrations.resume({ id: id! });
    return options['detach'] === true ? { data: run, text: showRun(run) } : followRun(context, client, run);
  },
};
