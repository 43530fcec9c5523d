// `startSession`. Source: the manual's page "startSession".
import { randomUUID } from 'node:crypto';
import { UUID } from 'bson';
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';
import { logicalSessionTimeoutMinutes } from '../dispatch/server-state.js';

export const startSession = defineCommand({
  name: 'startSession',
  help: 'Makes a session id; sessions come to life when they are used first.',
  fields: { startSession: 'any' },
  access: { kind: 'authenticated' },
  run: () => encodeDocument({ id: { id: new UUID(randomUUID()) }, timeoutMinutes: logicalSessionTimeoutMinutes }),
});
