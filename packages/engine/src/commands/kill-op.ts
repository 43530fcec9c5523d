// `killOp`. Source: the manual's page "killOp".
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';

export const killOp = defineCommand({
  name: 'killOp',
  help: 'Tells a running operation to stop at its next look.',
  fields: { killOp: 'any', op: { kind: 'integer', required: true } },
  // Everybody may stop their own operations.
  access: { kind: 'authenticated' },
  adminOnly: true,
  run({ op }, context) {
    const { services, connection } = context;
    const operation = services.operations.find(op);
    const owner = operation?.connection.user;
    const isOwn = owner !== undefined && owner.user === connection.user?.user && owner.database === connection.user.database;
    if (!isOwn) services.access.authorize(context, [{ resource: { cluster: true }, actions: ['killop'] }]);
    services.operations.interrupt('killed', (running) => running === operation);
    return encodeDocument({ info: 'attempting to kill op' });
  },
});
