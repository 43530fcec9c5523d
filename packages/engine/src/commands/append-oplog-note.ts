// `appendOplogNote`: an entry in the oplog that changes nothing; backups mark moments with it. Source: the server's command of that name.
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';

export const appendOplogNote = defineCommand({
  name: 'appendOplogNote',
  help: 'Writes an entry into the oplog that changes nothing.',
  fields: { appendOplogNote: 'any', data: { kind: 'object', required: true }, maxClusterTime: { kind: 'any', ignored: true } },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['appendOplogNote'] }] },
  adminOnly: true,
  async run({ data }, context) {
    await context.write((unit) => unit.note(data));
    return emptyDocument;
  },
});
