// `reIndex`: refused, as by every member of a replica set. Source: the manual's page "reIndex".
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const reIndex = defineCommand({
  name: 'reIndex',
  help: 'Refuses to build indexes anew, as members of replica sets do: drop an index and create it again.',
  fields: { reIndex: { kind: 'string', required: true } },
  access: { kind: 'privileges', required: ({ reIndex: collection }, database) => [{ resource: { database, collection }, actions: ['reIndex'] }] },
  run() {
    throw new CommandError('IllegalOperation', 'reIndex is only allowed on a standalone mongod instance. Drop the index and create it again.');
  },
});
