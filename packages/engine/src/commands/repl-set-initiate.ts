// `replSetInitiate`: the set is there since the first start, which scripts that initiate one know by this error.
// Source: the manual's page "replSetInitiate".
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const replSetInitiate = defineCommand({
  name: 'replSetInitiate',
  help: 'Refuses to initiate the replica set again: it is initiated when the engine starts.',
  fields: { replSetInitiate: 'any' },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['replSetConfigure'] }] },
  adminOnly: true,
  run() {
    throw new CommandError('AlreadyInitialized', 'already initialized');
  },
});
