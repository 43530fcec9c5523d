// `logRotate`: begins a new audit log. The engine's own log is a stream, which its reader rotates. Source: the manual's page "logRotate".
import { BsonType } from '../bson/types.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const logRotate = defineCommand({
  name: 'logRotate',
  help: 'Begins a new audit log and keeps the old one under a name with the time.',
  fields: { logRotate: { kind: 'any', required: true } },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['logRotate'] }] },
  adminOnly: true,
  run({ logRotate: which }, { services: { audit } }) {
    const name = which.type === BsonType.string ? which.string() : undefined;
    if (name !== undefined && name !== 'server' && name !== 'audit') throw new CommandError('NoSuchKey', `Unknown log type: ${name}`);
    if (name === 'audit' && audit === undefined) throw new CommandError('NoSuchKey', 'There is no audit log: start the engine with --audit-log');
    if (name !== 'server') audit?.rotate();
    return emptyDocument;
  },
});
