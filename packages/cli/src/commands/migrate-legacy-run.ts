// Migrates legacy users.
import { askConfirmation } from '../ask.js';
import type { CommandDefinition } from '../command.js';
import { cipherOf, cipherOptions, rangeOf, runOptions } from '../legacy-run-options.js';
import { followRun, showRun } from '../present-legacy.js';

export const migrateLegacyRun: CommandDefinition = {
  path: ['migrate-legacy', 'run'],
  summary: 'migrate legacy users (operators)',
  description: 'Gives every unmigrated user their database as the first one; names, passwords and data stay. One that fails stops no other. Ctrl-C ends the command, not the run. Exit code 8: some users could not be migrated, or the run is paused.',
  options: [...runOptions, ...cipherOptions, { flags: '-y, --yes', description: 'do not ask' }],
  examples: ['freehold migrate-legacy run --limit 100', 'freehold migrate-legacy run --concurrency 8 --yes'],
  run: async (context, _, options) => {
    const client = context.client();
    if (options['yes'] !== true && !(await askConfirmation(context, 'Migrate legacy users? Make a plan first, and a backup of the control database.'))) return { data: { started: false }, text: 'Nothing was begun.', exit: 'refused' };
    const run = await client.legacyMigrations.start({ mode: 'run', ...rangeOf(options), ...cipherOf(options) });
    return options['detach'] === true ? { data: run, text: showRun(run) } : followRun(context, client, run);
  },
};
