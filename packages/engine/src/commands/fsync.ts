// `fsync`: every acknowledged write is on disk already; with `lock: true` writes wait until `fsyncUnlock`, for backups by
// copying the data folder. Source: the manual's page "fsync".
import { Long } from 'bson';
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';

/** For running writes to end. Source: the manual's `fsyncLockAcquisitionTimeoutMillis`. */
const defaultTimeout_ms = 90_000;

export const fsync = defineCommand({
  name: 'fsync',
  help: 'Makes everything durable (it always is); with lock: true holds writes back until fsyncUnlock.',
  fields: { fsync: 'any', lock: 'boolean', async: { kind: 'any', ignored: true }, fsyncLockAcquisitionTimeoutMillis: 'integer' },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['fsync'] }] },
  adminOnly: true,
  async run({ lock, fsyncLockAcquisitionTimeoutMillis: timeout_ms = defaultTimeout_ms }, { services }) {
    if (lock !== true) return encodeDocument({ numFiles: 1 });
    const lockCount = await services.server.writeGate.lock(Math.max(0, timeout_ms));
    services.log.write('warn', 'writes.held', { lockCount });
    return encodeDocument({
      info: 'now locked against writes, use db.fsyncUnlock() to unlock',
      lockCount: Long.fromNumber(lockCount),
      seeAlso: 'http://dochub.mongodb.org/core/fsynccommand',
    });
  },
});
