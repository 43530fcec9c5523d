// `replSetGetConfig`. Source: the manual's page "replSetGetConfig".
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';
import { replicaSetConfiguration } from '../dispatch/replica-set-documents.js';

export const replSetGetConfig = defineCommand({
  name: 'replSetGetConfig',
  help: "Shows the replica set's configuration: the engine is its only member.",
  fields: { replSetGetConfig: 'any', commitmentStatus: { kind: 'any', ignored: true } },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['replSetGetConfig'] }] },
  adminOnly: true,
  run: (_fields, { services }) => encodeDocument({ config: replicaSetConfiguration(services), commitmentStatus: true }),
});
