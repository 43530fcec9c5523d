// `getDefaultRWConcern`. Source: the manual's page "getDefaultRWConcern".
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';

export const getDefaultRWConcern = defineCommand({
  name: 'getDefaultRWConcern',
  help: 'Shows the read and write concern of commands that name none.',
  fields: { getDefaultRWConcern: 'any', inMemory: 'boolean' },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['getDefaultRWConcern'] }] },
  adminOnly: true,
  run: ({ inMemory }, { services }) =>
    encodeDocument({
      defaultReadConcern: { level: 'local' },
      defaultWriteConcern: { w: 'majority', wtimeout: 0 },
      defaultReadConcernSource: 'implicit',
      defaultWriteConcernSource: 'implicit',
      ...(inMemory === true ? { inMemory: true } : {}),
      localUpdateWallClockTime: new Date(services.clock.now_ms()),
    }),
});
