// `setDefaultRWConcern`. Source: the manual's page "setDefaultRWConcern".
import { defineCommand } from '../dispatch/command.js';

export const setDefaultRWConcern = defineCommand({
  name: 'setDefaultRWConcern',
  help: 'Sets the read and write concern of commands that name none; it holds over restarts.',
  fields: { setDefaultRWConcern: 'any', defaultReadConcern: 'object', defaultWriteConcern: 'object' },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['setDefaultRWConcern'] }] },
  adminOnly: true,
  async run({ defaultReadConcern: read, defaultWriteConcern: write }, { services }) {
    const { clock, defaultConcerns, logicalClock } = services;
    await defaultConcerns.set({ read, write }, logicalClock.now(), clock.now_ms());
    return defaultConcerns.describe(clock.now_ms());
  },
});
