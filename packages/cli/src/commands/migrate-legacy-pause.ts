// Pauses a run over legacy users.
import type { CommandDefinition } from '../command.js';
import { showRun } from '../present-legacy.js';

export const migrateLegacyPause: CommandDefinition = {
  path: ['migrate-legacy', 'pause'],
  summary: 'pause a run over legacy users (operators)',
  description: 'Users that are being worked on are finished; no other is begun.',
  arguments: [{ name: '<run>', description: 'its id' }],
  run: async (context, [id]) => {
    const run = await context.client().legacyMigrations.pause({ id: id! });
    return { data: run, text: showRun(run) };
  },
};
