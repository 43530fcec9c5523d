// `replSetFreeze`: keeps a secondary from being elected; a primary cannot be frozen, and is never frozen already.
// Source: the manual's page "replSetFreeze".
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const replSetFreeze = defineCommand({
  name: 'replSetFreeze',
  help: 'Refuses to freeze the engine, which is always the primary; with 0 it has nothing to undo.',
  fields: { replSetFreeze: { kind: 'number', required: true } },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['replSetStateChange'] }] },
  adminOnly: true,
  run({ replSetFreeze: period_s }) {
    if (period_s !== 0) throw new CommandError('NotSecondary', 'cannot freeze node when primary or running for election. state: Primary');
    return encodeDocument({ info: 'unfreezing' });
  },
});
