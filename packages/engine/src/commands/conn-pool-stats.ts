// `connPoolStats`: connections to other servers, of which the engine has none. Source: the manual's page "connPoolStats".
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';

export const connPoolStats = defineCommand({
  name: 'connPoolStats',
  help: 'Shows connections to other servers; the engine has none.',
  fields: { connPoolStats: 'any' },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['connPoolStats'] }] },
  run: () => encodeDocument({ numClientConnections: 0, numAScopedConnections: 0, totalInUse: 0, totalAvailable: 0, totalLeased: 0, totalCreated: 0, totalRefreshing: 0, pools: {}, hosts: {} }),
});
