// `ping`: is anybody there? Source: the manual's page "ping".
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';

export const ping = defineCommand({
  name: 'ping',
  help: 'Answers at once, also while the server is busy.',
  fields: { ping: 'any' },
  access: { kind: 'public' },
  stableApi: true,
  run: () => emptyDocument,
});
