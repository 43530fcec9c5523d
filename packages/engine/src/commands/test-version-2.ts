// `testVersion2`: exists to be refused under Stable API version 1, where the engine was started for tests.
// Source: the drivers' specification "Stable API", tests.
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const testVersion2 = defineCommand({
  name: 'testVersion2',
  help: 'Does nothing; no part of Stable API version 1, for tests of clients.',
  fields: { testVersion2: 'any' },
  access: { kind: 'authenticated' },
  run(_fields, { services }) {
    if (!services.server.testCommands) throw new CommandError('CommandNotFound', "no such command: 'testVersion2'");
    return emptyDocument;
  },
});
