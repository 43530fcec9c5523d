// Takes a migration back, for all its users or some.
import { askConfirmation } from '../ask.js';
import type { CommandDefinition } from '../command.js';
import { rangeOf, runOptions } from '../legacy-run-options.js';
import { followRun, showRun } from '../present-legacy.js';

export const migrateLegacyRollback: CommandDefinition = {
  path: ['migrate-legacy', 'rollback'],
  summary: 'put the users of a run back as they were (operators)',
  description: 'Puts back the exact earlier documents, and roles; tenants\' data is not touched. Users who have made or changed something since are refused, and the log says what they would lose. Exit code 8: some were refused.',
  arguments: [{ name: '<run>', description: 'the id of the run that migrated them' }],
  options: [...runOptions, { flags: '-y, --yes', description: 'do not ask' }],
  run: async (context, [id], options) => {
    const client = context.client();
    if (options['yes'] !== true && !(await askConfirmation(context, `Put the users of run ${id!} back as they were?`))) return { data: { started: false }, text: 'Nothing was begun.', exit: 'refused' };
    const run = await client.legacyMigrations.rollback({ id: id!, ...rangeOf(options) });
    return options['detach'] === true ? { data: run, text: showRun(run) } : followRun(context, client, run);
  },
};
