// `shutdown`. Source: the manual's page "shutdown".
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

/** No timer runs longer. */
const maxPatience_ms = 2_147_000_000;

export const shutdown = defineCommand({
  name: 'shutdown',
  help: 'Stops the engine in order: running commands end, everything is durable.',
  fields: { shutdown: 'any', force: { kind: 'any', ignored: true }, timeoutSecs: 'number' },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['shutdown'] }] },
  adminOnly: true,
  run({ timeoutSecs: patience_s }, { services }) {
    if (patience_s !== undefined && !(patience_s >= 0)) throw new CommandError('BadValue', `BSON field 'shutdown.timeoutSecs' value must be >= 0, actual value '${patience_s}'`);
    services.log.write('info', 'engine.stop_requested', {});
    // Behind this command's own reply: the stop waits for running commands, this one among them.
    setImmediate(() => services.server.requestStop(patience_s === undefined ? undefined : Math.min(patience_s * 1000, maxPatience_ms)));
    return emptyDocument;
  },
});
