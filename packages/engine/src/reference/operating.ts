// The part of docs/engine.md about users, parameters, the oplog, the profiler and monitoring; the parameters come from the code.
import { parameterDefinitions, type ParameterDefinition } from '../dispatch/parameters.js';

type Table = (heads: readonly string[], rows: readonly (readonly string[])[]) => string;

export function users(): string {
  return `## Users and roles

Users log in by SCRAM-SHA-256 or SCRAM-SHA-1, or by the certificate of their TLS connection (\`MONGODB-X509\`, where \`--tls-ca-file\` names who signs
them). Such a user is made in \`$external\`, under the subject of the certificate as RFC 2253 writes it, and has no password:

\`\`\`js
db.getSiblingDB('$external').runCommand({ createUser: 'CN=shop,OU=Apps,O=Example', roles: [{ role: 'readWrite', db: 'shop' }] })
\`\`\`

The built-in roles are MongoDB's, with the actions that its manual gives them, and roles of one's own inherit from them. Members of a cluster there are none, so
that there is no \`clusterAuthMode\`, and nobody logs in as \`__system\`. \`authenticationMechanisms\` says which mechanisms are on.`;
}

function whenSet({ atStartup, atRuntime }: ParameterDefinition): string {
  if (atRuntime) return atStartup ? 'start, running' : 'running';
  return atStartup ? 'start' : '';
}

function shown({ default: value }: ParameterDefinition): string {
  return typeof value === 'object' && !Array.isArray(value) ? '' : `\`${JSON.stringify(value)}\``;
}

export function parameters(table: Table): string {
  const rows = Object.entries(parameterDefinitions).map(([name, definition]) => [`\`${name}\``, definition.help, shown(definition), whenSet(definition)]);
  return `## Parameters

\`getParameter\` shows them, \`setParameter\` changes those that may change while the engine runs, until it stops; \`--set-parameter name=value\` sets them at the
start. \`setClusterParameter\` keeps \`changeStreamOptions\` in the data folder.

${table(['parameter', 'what it says', 'default', 'set'], rows)}`;
}

export function operating(): string {
  return `## Operating it

- **The oplog** is \`local.oplog.rs\`: MongoDB's entries, to be found, aggregated and followed by tailable cursors, by whoever may read \`local\`
  (\`clusterMonitor\`, \`backup\`, \`read\` on \`local\`). A condition on \`ts\` is where the reading begins. A transaction is one entry (\`applyOps\`), and several of one
  \`ts\` where it is larger than 15 MiB. Who falls behind what is kept is told so (136 CappedPositionLost). \`replSetResizeOplog\` changes how much is kept, over restarts too.
- **The profiler** (\`db.setProfilingLevel\`) writes to \`system.profile\` of a database what is slow, what a filter matches, or everything, with duration and plan.
- **The log** tells more of a component where \`db.setLogLevel\` says so: connections (\`network\`), logins (\`accessControl\`).
- **Monitoring**: a user with \`clusterMonitor\` and \`read\` on \`local\` reads \`getDiagnosticData\`, \`serverStatus\`, \`replSetGetStatus\`, \`top\`, \`$collStats\`, \`$indexStats\` and
  \`dbStats\`. Exporters that speak the wire protocol from before MongoDB 5.1 are refused, as by MongoDB.`;
}
