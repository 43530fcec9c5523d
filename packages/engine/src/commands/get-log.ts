// `getLog`. Source: the manual's page "getLog".
import { BsonType } from '../bson/types.js';
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const getLog = defineCommand({
  name: 'getLog',
  help: "Shows the engine's latest log events.",
  fields: { getLog: { kind: 'any', required: true } },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['getLog'] }] },
  adminOnly: true,
  run({ getLog: which }, { services }) {
    const name = which.type === BsonType.string ? which.string() : '';
    if (name === '*') return encodeDocument({ names: ['global', 'startupWarnings'] });
    if (name === 'startupWarnings') {
      const warnings = services.server.authorization ? [] : ['Access control is not enabled: everybody who reaches the port may do everything'];
      return encodeDocument({ totalLinesWritten: warnings.length, log: warnings });
    }
    if (name !== 'global') throw new CommandError('OperationFailed', `No log named '${name}'`);
    const { lines, total } = services.log.latest();
    return encodeDocument({ totalLinesWritten: total, log: [...lines] });
  },
});
