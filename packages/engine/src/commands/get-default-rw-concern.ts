// `getDefaultRWConcern`. Source: the manual's page "getDefaultRWConcern".
import { DocumentWriter } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';

export const getDefaultRWConcern = defineCommand({
  name: 'getDefaultRWConcern',
  help: 'Shows the read and write concern of commands that name none.',
  fields: { getDefaultRWConcern: 'any', inMemory: 'boolean' },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['getDefaultRWConcern'] }] },
  adminOnly: true,
  run({ inMemory }, { services }) {
    const described = services.defaultConcerns.describe(services.clock.now_ms());
    if (inMemory !== true) return described;
    return new DocumentWriter().appendElements(described, 4, described.length - 1).boolean('inMemory', true).finish();
  },
});
