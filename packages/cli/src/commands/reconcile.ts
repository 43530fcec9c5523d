// Compares records, clusters and apps, and mends what is safe to mend.
import type { CommandDefinition } from '../command.js';
import { followReconcile, showReconcile } from '../present-reconcile.js';
import { findUser } from '../resolve.js';

export const reconcile: CommandDefinition = {
  path: ['reconcile'],
  summary: 'compare records, clusters and apps, and mend what differs (operators)',
  description: 'Waits for the end, and shows what was found. Ctrl-C ends the command, not the run. Exit code 0: nothing differs, or everything was mended. Exit code 8: something differs still, or a cluster did not answer.',
  options: [
    { flags: '--dry-run', description: 'report what differs, and change nothing' },
    { flags: '--cluster <id>', description: 'only what is on this cluster' },
    { flags: '--user <email>', description: 'only what is this user\'s (address or id)' },
    { flags: '--run <id>', description: 'show an earlier run instead of beginning one' },
    { flags: '--limit <count>', description: 'how many differences to show at most', defaultValue: '50' },
    { flags: '--detach', description: 'begin, and do not wait for the end' },
  ],
  examples: ['freehold reconcile --dry-run', 'freehold reconcile --cluster primary', 'freehold --json reconcile --dry-run'],
  run: async (context, _, options) => {
    const client = context.client();
    const limit = Number(options['limit']);
    if (typeof options['run'] === 'string') return showReconcile(client, options['run'], limit);
    const scope = {
      ...(typeof options['cluster'] === 'string' ? { cluster_id: options['cluster'] } : {}),
      ...(typeof options['user'] === 'string' ? { user_id: (await findUser(client, options['user'])).id } : {}),
    };
    const run = await client.reconcile.start({ dry_run: options['dryRun'] === true, scope });
    if (options['detach'] === true) return { data: run, text: `Run ${run.id} has begun: freehold reconcile --run ${run.id}` };
    await followReconcile(context, client, run.id);
    return showReconcile(client, run.id, limit);
  },
};
