// `profile`: there is no profiler; asking for its level says so, switching it off is what it is already.
// Source: the manual's page "profile".
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const profile = defineCommand({
  name: 'profile',
  help: 'Shows the level of the profiler, which is always 0: the engine has none.',
  fields: { profile: { kind: 'integer', required: true }, slowms: 'integer', sampleRate: 'number', filter: 'any' },
  access: {
    kind: 'privileges',
    // To see the level is to see what is profiled.
    required: ({ profile: level }, database) => [
      level === -1 ? { resource: { database, collection: 'system.profile' }, actions: ['find'] } : { resource: { database, collection: '' }, actions: ['enableProfiler'] },
    ],
  },
  run({ profile: level }) {
    if (level !== 0 && level !== -1) {
      throw new CommandError('CommandNotSupported', 'the engine has no profiler; use currentOp, top and explain');
    }
    return encodeDocument({ was: 0, slowms: 100, sampleRate: 1 });
  },
});
