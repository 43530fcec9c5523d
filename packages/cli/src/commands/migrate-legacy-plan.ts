// Reports what a migration of legacy users would do, and writes nothing about them.
import type { CommandDefinition } from '../command.js';
import { cipherOf, cipherOptions, rangeOf, runOptions } from '../legacy-run-options.js';
import { followRun, showRun } from '../present-legacy.js';

export const migrateLegacyPlan: CommandDefinition = {
  path: ['migrate-legacy', 'plan'],
  summary: 'report what a migration of legacy users would do (operators)',
  description: 'Looks at every unmigrated user: reads the password, asks for the MongoDB user and its roles, logs in. Writes nothing about users. Exit code 8: some cannot be migrated as they are.',
  options: [...runOptions, ...cipherOptions],
  examples: ['freehold migrate-legacy plan', 'freehold migrate-legacy plan --cipher older --user 64b0f0c2a1b2c3d4e5f60718'],
  run: async (context, _, options) => {
    const client = context.client();
    const run = await client.legacyMigrations.start({ mode: 'plan', ...rangeOf(options), ...cipherOf(options) });
    return options['detach'] === true ? { data: run, text: showRun(run) } : followRun(context, client, run);
  },
};
