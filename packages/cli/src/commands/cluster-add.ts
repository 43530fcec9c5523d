// Registers a cluster; the platform tries it first.
import { askPassword } from '../ask.js';
import type { CommandDefinition } from '../command.js';
import { clusterFields, clusterOptions, describeCluster } from '../present-cluster.js';

export const clusterAdd: CommandDefinition = {
  path: ['cluster', 'add'],
  summary: 'register a MongoDB cluster for new databases (operators)',
  description: 'Asks for the connection URI of an administrator: a user with `root`, or `userAdminAnyDatabase`, `readWriteAnyDatabase`, `dbAdminAnyDatabase` and `clusterMonitor`. It is stored encrypted and never shown.',
  arguments: [{ name: '<name>', description: 'what people call it' }],
  options: [{ flags: '--id <id>', description: 'lower-case letters, digits and "-"; default: made from the name' }, ...clusterOptions],
  examples: ['freehold cluster add "Frankfurt 2"', 'pass show mongo-frankfurt | freehold cluster add "Frankfurt 2" --uri-stdin --max-users 800 --max-mb 500000'],
  run: async (context, [name], options) => {
    const uri = await askPassword(context, 'Connection URI', options['uriStdin'] === true, '--uri-stdin');
    const cluster = await context.client().clusters.register({ name: name!, uri, ...(typeof options['id'] === 'string' ? { id: options['id'] } : {}), ...clusterFields(options) });
    return { data: cluster, text: `Registered. New databases are placed on it from now on.\n\n${describeCluster(cluster)}` };
  },
};
