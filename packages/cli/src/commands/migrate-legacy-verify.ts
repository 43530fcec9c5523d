// Verifies migrated users, and mends what is safe.
import type { CommandDefinition } from '../command.js';
import { rangeOf, runOptions } from '../legacy-run-options.js';
import { followRun, showRun } from '../present-legacy.js';

export const migrateLegacyVerify: CommandDefinition = {
  path: ['migrate-legacy', 'verify'],
  summary: 'verify migrated users: documents, defaults, MongoDB users, log-ins, orphans (operators)',
  description: 'Logs in with every credential, and compares what is written with what the cluster has, in both directions. Exit code 8: something is not in order, and was not mended.',
  options: [
    ...runOptions,
    { flags: '--run <id>', description: 'only users that this run has migrated' },
    { flags: '--sample <percent>', description: 'only so many users of a hundred' },
    { flags: '--repair', description: 'mend what cannot take anything from anybody' },
  ],
  examples: ['freehold migrate-legacy verify --sample 5', 'freehold --json migrate-legacy verify --repair'],
  run: async (context, _, options) => {
    const client = context.client();
    const run = await client.legacyMigrations.start({
      mode: 'verify', ...rangeOf(options), repair: options['repair'] === true,
      ...(typeof options['run'] === 'string' ? { of_run_id: options['run'] } : {}),
      ...(typeof options['sample'] === 'string' ? { sample_percent: Number(options['sample']) } : {}),
    });
    return options['detach'] === true ? { data: run, text: showRun(run) } : followRun(context, client, run);
  },
};
