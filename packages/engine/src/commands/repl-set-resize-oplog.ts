// `replSetResizeOplog`. Source: the manual's page "replSetResizeOplog".
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

const mebibyte = 1024 * 1024;
/** MongoDB's own bounds. */
const sizeMin_mb = 990;
const sizeMax_mb = 1024 ** 3;

export const replSetResizeOplog = defineCommand({
  name: 'replSetResizeOplog',
  help: 'Changes how much of the oplog is kept: so many MiB, and more where entries are younger than so many hours.',
  fields: { replSetResizeOplog: 'any', size: 'number', minRetentionHours: 'number' },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['replSetResizeOplog'] }] },
  adminOnly: true,
  async run({ size, minRetentionHours }, { services }) {
    if (size === undefined && minRetentionHours === undefined) {
      throw new CommandError('InvalidOptions', "replSetResizeOplog must be called with at least one of 'size' and 'minRetentionHours'");
    }
    if (size !== undefined && (size < sizeMin_mb || size > sizeMax_mb)) {
      throw new CommandError('BadValue', `BSON field 'size' value must be >= ${sizeMin_mb} and <= ${sizeMax_mb}, actual value '${size}'`);
    }
    if (minRetentionHours !== undefined && minRetentionHours < 0) throw new CommandError('BadValue', "BSON field 'minRetentionHours' value must be >= 0");
    const { oplog, log } = services;
    const limits = {
      bytes: size === undefined ? oplog.limits.bytes : Math.round(size * mebibyte),
      minRetentionHours: minRetentionHours ?? oplog.limits.minRetentionHours,
    };
    await oplog.resize(limits);
    log.write('info', 'oplog.resized', limits);
    return emptyDocument;
  },
});
