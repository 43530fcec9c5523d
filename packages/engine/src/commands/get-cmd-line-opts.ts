// `getCmdLineOpts`: the settings that the engine runs with, in the shape of a mongod's. Source: the manual's page of that name.
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';

export const getCmdLineOpts = defineCommand({
  name: 'getCmdLineOpts',
  help: 'Shows the settings that the engine was started with.',
  fields: { getCmdLineOpts: 'any' },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['getCmdLineOpts'] }] },
  adminOnly: true,
  run(_fields, { services: { server } }) {
    const { host, port, dataDirectory, replicaSetName, authorization, connectionsMax, testCommands } = server;
    return encodeDocument({
      argv: ['freehold-engine'],
      parsed: {
        net: { bindIp: host, port, maxIncomingConnections: connectionsMax, ...(server.tlsMode === 'disabled' ? {} : { tls: { mode: server.tlsMode } }) },
        replication: { replSet: replicaSetName },
        security: { authorization: authorization ? 'enabled' : 'disabled' },
        storage: { dbPath: dataDirectory },
        ...(testCommands ? { setParameter: { enableTestCommands: '1' } } : {}),
      },
    });
  },
});
