// Shows or exports what became of each user in a run.
import { legacyFindingCodes, legacyOutcomes, type LegacyLogQuery } from '@freehold/api';
import type { CommandDefinition, OptionValues } from '../command.js';
import { showEntries } from '../present-legacy.js';

type Filter = Pick<LegacyLogQuery, 'outcome' | 'finding' | 'user_id'>;

function filterOf(options: OptionValues): Filter {
  return {
    ...(typeof options['outcome'] === 'string' ? { outcome: options['outcome'] as Filter['outcome'] } : {}),
    ...(typeof options['finding'] === 'string' ? { finding: options['finding'] as Filter['finding'] } : {}),
    ...(typeof options['user'] === 'string' ? { user_id: options['user'] } : {}),
  };
}

export const migrateLegacyLog: CommandDefinition = {
  path: ['migrate-legacy', 'log'],
  summary: 'show what became of each user in a run (operators)',
  description: 'A page of the log; with --export all of it, one entry a line, as JSON objects or comma-separated values.',
  arguments: [{ name: '<run>', description: 'its id; `first-use` for users that were migrated at their first change' }],
  options: [
    { flags: '--outcome <outcome>', description: 'only users with this outcome', choices: legacyOutcomes },
    { flags: '--finding <code>', description: 'only users with this finding', choices: legacyFindingCodes },
    { flags: '--user <id>', description: 'only this user' },
    { flags: '--export <format>', description: 'all entries', choices: ['ndjson', 'csv'] },
    { flags: '-n, --limit <count>', description: 'how many entries, 100 at most', defaultValue: '100' },
    { flags: '--offset <count>', description: 'how many to skip', defaultValue: '0' },
  ],
  examples: ['freehold migrate-legacy log 0b2f… --outcome failed', 'freehold migrate-legacy log 0b2f… --export csv > log.csv'],
  run: async (context, [id], options) => {
    const client = context.client();
    const filter = filterOf(options);
    if (typeof options['export'] === 'string') {
      context.print((await client.legacyMigrations.export({ id: id!, ...filter, format: options['export'] === 'csv' ? 'csv' : 'ndjson' })).trimEnd());
      return undefined;
    }
    const page = await client.legacyMigrations.log({ id: id!, ...filter, limit: Number(options['limit']), offset: Number(options['offset']) });
    const rest = page.total > page.offset + page.items.length ? `\n${page.items.length} of ${page.total}; see more with --offset ${page.offset + page.items.length}, or all with --export.` : '';
    return { data: page, text: showEntries(page.items) + rest };
  },
};
