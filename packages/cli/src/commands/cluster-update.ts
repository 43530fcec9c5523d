// Changes what is said of a cluster: its name, its limits, how it is reached.
import { askPassword } from '../ask.js';
import type { CommandDefinition } from '../command.js';
import { CommandFailure } from '../failures.js';
import { clusterFields, clusterOptions, describeCluster } from '../present-cluster.js';

export const clusterUpdate: CommandDefinition = {
  path: ['cluster', 'update'],
  summary: 'change a cluster\'s name, limits or connection URI (operators)',
  description: 'A new connection URI is tried first, and has to lead to the same deployment. Every replica uses it within seconds.',
  arguments: [{ name: '<id>', description: 'its id' }],
  options: [{ flags: '-n, --name <name>', description: 'what people call it' }, ...clusterOptions],
  examples: ['freehold cluster update primary --max-users 1500', 'pass show mongo-frankfurt | freehold cluster update frankfurt-2 --uri-stdin'],
  run: async (context, [id], options) => {
    const change = { ...(typeof options['name'] === 'string' ? { name: options['name'] } : {}), ...clusterFields(options) };
    const hasUri = options['uriStdin'] === true;
    if (!hasUri && Object.keys(change).length === 0) throw new CommandFailure('usage', 'NOTHING_TO_CHANGE', 'Nothing is to be changed.', 'Name at least one option; see --help.');
    const uri = hasUri ? { uri: await askPassword(context, 'Connection URI', true, '--uri-stdin') } : {};
    const cluster = await context.client().clusters.update({ id: id!, ...change, ...uri });
    return { data: cluster, text: describeCluster(cluster) };
  },
};
