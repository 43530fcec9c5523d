// `fsyncUnlock`. Source: the manual's page "fsyncUnlock".
import { Long } from 'bson';
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const fsyncUnlock = defineCommand({
  name: 'fsyncUnlock',
  help: 'Lets writes go on that fsync with lock: true holds back.',
  fields: { fsyncUnlock: 'any' },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['unlock'] }] },
  adminOnly: true,
  run(_fields, { services }) {
    const { writeGate } = services.server;
    if (writeGate.lockCount === 0) throw new CommandError('IllegalOperation', 'fsyncUnlock called when not locked');
    const lockCount = writeGate.unlock();
    services.log.write('info', 'writes.released', { lockCount });
    return encodeDocument({ info: 'fsyncUnlock completed', lockCount: Long.fromNumber(lockCount) });
  },
});
