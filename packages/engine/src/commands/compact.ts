// `compact`: the data file reuses the space of deleted documents by itself, so that there is nothing to give back.
// Source: the manual's page "compact".
import { Long } from 'bson';
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const compact = defineCommand({
  name: 'compact',
  help: 'Frees no space: the data file reuses it by itself.',
  fields: {
    compact: { kind: 'string', required: true },
    dryRun: 'boolean',
    force: { kind: 'any', ignored: true },
    freeSpaceTargetMB: { kind: 'any', ignored: true },
  },
  access: { kind: 'privileges', required: ({ compact: collection }, database) => [{ resource: { database, collection }, actions: ['compact'] }] },
  run({ compact: name, dryRun }, context) {
    const collection = context.read((unit) => unit.collection(context.database, name));
    if (collection === undefined) throw new CommandError('NamespaceNotFound', `Collection '${context.database}.${name}' not found`);
    if (collection.kind === 'view') throw new CommandError('CommandNotSupportedOnView', "can't compact a view");
    const freed = Long.fromNumber(0);
    return encodeDocument(dryRun === true ? { estimatedBytesFreed: freed } : { bytesFreed: freed });
  },
});
