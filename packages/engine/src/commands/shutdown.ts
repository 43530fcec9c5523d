// `shutdown`. Source: the manual's page "shutdown".
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';

export const shutdown = defineCommand({
  name: 'shutdown',
  help: 'Stops the engine in order: running commands end, everything is durable.',
  fields: { shutdown: 'any', force: { kind: 'any', ignored: true }, timeoutSecs: { kind: 'any', ignored: true } },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['shutdown'] }] },
  adminOnly: true,
  run(_fields, { services }) {
    services.log.write('info', 'engine.stop_requested', {});
    // Behind this command's own reply: the stop waits for running commands, this one among them.
    setImmediate(() => services.server.requestStop());
    return emptyDocument;
  },
});
