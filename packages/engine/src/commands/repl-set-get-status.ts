// `replSetGetStatus`: one member, primary since the start. Source: the manual's page "replSetGetStatus".
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';
import { replicaSetStatus } from '../dispatch/replica-set-documents.js';

export const replSetGetStatus = defineCommand({
  name: 'replSetGetStatus',
  help: "Shows the replica set's state: the engine is its only member.",
  fields: { replSetGetStatus: 'any', initialSync: { kind: 'any', ignored: true } },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['replSetGetStatus'] }] },
  adminOnly: true,
  run: (_fields, { services }) => encodeDocument(replicaSetStatus(services)),
});
