// `listCommands`. Source: the manual's page "listCommands".
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';

export const listCommands = defineCommand({
  name: 'listCommands',
  help: 'Lists every command with its help.',
  fields: { listCommands: 'any' },
  access: { kind: 'public' },
  run: (_fields, { services }) => {
    const sorted = [...services.commands].sort((a, b) => (a.name < b.name ? -1 : 1));
    const commands = sorted.map(({ name, help, aliases, adminOnly, stableApi, access }) => [
      name,
      {
        help,
        requiresAuth: access.kind !== 'public',
        secondaryOk: true,
        secondaryOverrideOk: false,
        adminOnly: adminOnly === true,
        apiVersions: stableApi === true ? ['1'] : [],
        deprecatedApiVersions: [],
        ...(aliases === undefined ? {} : { aliases: [...aliases] }),
      },
    ] as const);
    return encodeDocument({ commands: Object.fromEntries(commands) });
  },
});
