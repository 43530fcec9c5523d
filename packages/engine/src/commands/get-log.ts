// `getLog`. Source: the manual's page "getLog".
import { BsonType } from '../bson/types.js';
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

/** A line in the form of MongoDB's log, by which shells show it; the number is MongoDB's for this warning. */
function withoutAccessControl(started_ms: number): string {
  const msg = 'Access control is not enabled: everybody who reaches the port may do everything';
  return JSON.stringify({ t: { $date: new Date(started_ms).toISOString() }, s: 'W', c: 'CONTROL', id: 22120, ctx: 'engine', msg, tags: ['startupWarnings'] });
}

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
      const warnings = services.server.authorization ? [] : [withoutAccessControl(services.server.started_ms)];
      return encodeDocument({ totalLinesWritten: warnings.length, log: warnings });
    }
    if (name !== 'global') throw new CommandError('OperationFailed', `No log named '${name}'`);
    const { lines, total } = services.log.latest();
    return encodeDocument({ totalLinesWritten: total, log: [...lines] });
  },
});
