// `getDiagnosticData`: what exporters of metrics read in one go. Source: the manual's page "Full Time Diagnostic Data Capture" and what such
// exporters (Percona's for Prometheus) ask for.
import { cpus, freemem, loadavg, totalmem, uptime } from 'node:os';
import { Long } from 'bson';
import { encodeDocument } from '../bson/values.js';
import { DocumentWriter } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';
import { replicaSetStatus } from '../dispatch/replica-set-documents.js';
import { serverStatusDocument } from '../dispatch/server-status-sections.js';
import { collectionStatistics } from '../execution/catalog/statistics.js';
import { oplogDatabase, oplogName } from '../storage/oplog-collection.js';

const oplog = { database: oplogDatabase, collection: oplogName };
const cluster = { cluster: true } as const;

export const getDiagnosticData = defineCommand({
  name: 'getDiagnosticData',
  help: 'Shows the status of the server, of the replica set, of the oplog and of the machine in one answer.',
  fields: { getDiagnosticData: 'any' },
  access: {
    kind: 'privileges',
    required: () => [
      { resource: cluster, actions: ['serverStatus', 'replSetGetStatus'] },
      { resource: oplog, actions: ['collStats'] },
    ],
  },
  adminOnly: true,
  run(_fields, context) {
    const { services } = context;
    const start = new Date(services.clock.now_ms());
    const oplogStatistics = context.read((unit) => collectionStatistics(unit, unit.collection(oplogDatabase, oplogName)!, 1));
    const timed = (name: string, write: (writer: DocumentWriter) => void): void => {
      data.openDocument(name).date('start', start.getTime());
      write(data);
      data.date('end', services.clock.now_ms()).close();
    };
    const data = new DocumentWriter().openDocument('data').date('start', start.getTime());
    timed('serverStatus', (writer) => append(writer, encodeDocument(serverStatusDocument(services, new Set()))));
    timed('replSetGetStatus', (writer) => append(writer, encodeDocument(replicaSetStatus(services))));
    timed(`${oplogDatabase}.${oplogName}.stats`, (writer) => append(writer, oplogStatistics));
    timed('systemMetrics', (writer) => append(writer, systemMetrics(context)));
    return data.date('end', services.clock.now_ms()).close().finish();
  },
});

function append(writer: DocumentWriter, document: Buffer): void {
  writer.appendElements(document, 4, document.length - 1);
}

function systemMetrics({ services }: CommandContext): Buffer {
  const kibibytes = (bytes: number): Long => Long.fromNumber(Math.floor(bytes / 1024));
  const total = (kind: 'user' | 'nice' | 'sys' | 'idle'): Long => Long.fromNumber(cpus().reduce((sum, { times }) => sum + times[kind], 0));
  return encodeDocument({
    cpu: { user_ms: total('user'), nice_ms: total('nice'), system_ms: total('sys'), idle_ms: total('idle'), num_logical_cores: cpus().length, load_1min: loadavg()[0] },
    memory: { MemTotal_kb: kibibytes(totalmem()), MemFree_kb: kibibytes(freemem()) },
    uptime_secs: Long.fromNumber(Math.floor(uptime())),
    data_directory: services.server.dataDirectory,
  });
}
