// Starts and stops the engine: data folder, services, sockets and housekeeping, from one set of options.
import { setMaxListeners } from 'node:events';
import { AuditFile } from './audit-file.js';
import { ensureRootUser } from './auth/root-user.js';
import { composeServices } from './compose-services.js';
import { commandDefinitions } from './commands/index.js';
import { connectionLimits, handshakeTimeout_ms } from './connection-limits.js';
import { AuditTrail } from './dispatch/audit.js';
import { encodeDocument } from './bson/values.js';
import { systemClock } from './dispatch/clock.js';
import { CommandTable } from './dispatch/command-table.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { EngineLog } from './dispatch/log.js';
import { replicaSetConfiguration } from './dispatch/replica-set-documents.js';
import type { CommandServices } from './dispatch/services.js';
import { gatedStorage } from './dispatch/write-gate.js';
import type { EngineOptions, RunningEngine } from './engine-options.js';
import { defaultConnectionsMax, makeServerState } from './engine-state.js';
import { defaultOplogLimits, openStorage } from './storage/open-storage.js';
import type { OplogLimits } from './storage/oplog.js';
import type { LmdbStorage } from './storage/lmdb-storage.js';
import { TtlMonitor } from './storage/ttl-monitor.js';
import { TransactionCoordinator } from './transactions/coordinator.js';
import { SnapshotReads } from './transactions/snapshot-reads.js';
import { Listener } from './wire/listener.js';
import { readTlsFiles } from './wire/tls.js';

export type { EngineOptions, RunningEngine } from './engine-options.js';

const defaultHost = '127.0.0.1';
const defaultPort = 27017;
const housekeeping_ms = 10_000;
/** When the engine stops, running commands may end by themselves for so long, and then have so long to end as they are told to. */
const stopPatience_ms = 5000;
const stopGrace_ms = 5000;

/** Starts an engine. Throws an Error that names the remedy where the folder is in use, the port is taken or the files are damaged. */
export async function startEngine(options: EngineOptions): Promise<RunningEngine> {
  const log = new EngineLog(systemClock, options.onLogEvent);
  const storage = await openStorage({ dataDirectory: options.dataDirectory, clock: systemClock, onEvent: onEventOf(log), oplogLimits: oplogLimitsOf(options) });
  try {
    return await serve(options, storage, log);
  } catch (error) {
    await storage.close();
    throw error;
  }
}

function oplogLimitsOf({ oplog = {} }: EngineOptions): OplogLimits {
  const bytes = oplog.sizeMb === undefined ? defaultOplogLimits.bytes : oplog.sizeMb * 1024 * 1024;
  return { bytes, minRetentionHours: oplog.minRetentionHours ?? defaultOplogLimits.minRetentionHours };
}

type OnEvent = (event: string, fields: Readonly<Record<string, unknown>>) => void;

function onEventOf(log: EngineLog): OnEvent {
  return (event, fields) => log.write('info', event, fields);
}

function makeTtlMonitor({ storage, clock, metrics, server }: CommandServices, onEvent: OnEvent): TtlMonitor {
  const isEnabled = (): boolean => server.parameters.isOn('ttlMonitorEnabled');
  const pause_ms = (): number => server.parameters.number('ttlMonitorSleepSecs') * 1000;
  return new TtlMonitor({ storage, clock, totals: metrics.ttl, onEvent, isEnabled, pause_ms });
}

async function serve(options: EngineOptions, storage: LmdbStorage, log: EngineLog): Promise<RunningEngine> {
  const stopping = new AbortController();
  // Every waiting hello listens to it.
  setMaxListeners(0, stopping.signal);
  const host = options.host ?? defaultHost;
  let port = options.port ?? defaultPort;
  let stop: (patience_ms?: number) => Promise<void> = () => Promise.resolve();
  const served: { listener?: Listener } = {};
  const server = makeServerState({
    rotateCertificates: certificateRotation(options, served),
    options, clock: systemClock, host, port: () => port, stopping: stopping.signal, requestStop: (patience_ms) => void stop(patience_ms),
    onWriteLock: (isLocked) => (isLocked ? storage.commits.pause() : storage.commits.resume()),
  });
  log.follow(server.parameters);
  const { parameters } = server;
  const transactions = new TransactionCoordinator({ storage, clock: systemClock, lifetime_ms: () => parameters.number('transactionLifetimeLimitSeconds') * 1000 });
  const snapshotReads = new SnapshotReads({ storage, clock: systemClock, logicalClock: storage.logicalClock });
  const gated = gatedStorage(storage, server.writeGate);
  const auditFile = openAuditFile(options, log);
  const audit = auditFile === undefined ? undefined : new AuditTrail(auditFile, () => systemClock.now_ms());
  const services = await composeServices({ audit, storage: gated, logicalClock: storage.logicalClock, changes: storage.changes, oplog: storage.oplog, transactions, snapshotReads, clock: systemClock, log, server });
  storage.replicaSet.showing(() => encodeDocument(replicaSetConfiguration(services)));
  if (options.rootUser !== undefined) await ensureRootUser(services.users, options.rootUser);
  const listener = makeListener(options, host, port, services);
  served.listener = listener;
  port = await listen(listener, host, port);
  log.write('info', 'engine.started', { host, port, data: options.dataDirectory, authorization: server.authorization });
  const ttlMonitor = makeTtlMonitor(services, onEventOf(log));
  ttlMonitor.start();
  const housekeeping = setInterval(() => void keepHouse(services), housekeeping_ms).unref();
  let stopped: Promise<void> | undefined;
  let announceStopped = (): void => undefined;
  const whenStopped = new Promise<void>((resolve) => {
    announceStopped = resolve;
  });
  stop = (patience_ms = stopPatience_ms) => {
    stopped ??= stopEngine({ patience_ms, stopping, listener, services, storage, housekeeping, ttlMonitor, log }).finally(() => {
      auditFile?.close();
      announceStopped();
    });
    return stopped;
  };
  return { host, port, uri: `mongodb://${host.includes(':') ? `[${host}]` : host}:${port}/`, stop: () => stop(), whenStopped };
}

function certificateRotation({ tls }: EngineOptions, served: { readonly listener?: Listener }): (() => void) | undefined {
  const files = tls?.files;
  return files === undefined ? undefined : () => served.listener?.useCertificates(readTlsFiles(files));
}

function openAuditFile({ auditLogFile }: EngineOptions, log: EngineLog): AuditFile | undefined {
  return auditLogFile === undefined ? undefined : new AuditFile(auditLogFile, (reason) => log.write('error', 'audit.failed', { reason }));
}

function makeListener(options: EngineOptions, host: string, port: number, services: CommandServices): Listener {
  const { clock, metrics, log, connections } = services;
  const handler = new Dispatcher(new CommandTable(commandDefinitions), services);
  const connectionsMax = options.connectionsMax ?? defaultConnectionsMax;
  const mustAuthenticate = services.server.authorization;
  const limits = mustAuthenticate ? connectionLimits : { ...connectionLimits, strangerMessageBytesMax: connectionLimits.messageBytesMax };
  return new Listener(
    { host, port, tls: options.tls, connectionsMax, handshakeTimeout_ms, limits },
    { handler, clock, metrics, log, connections },
  );
}

async function listen(listener: Listener, host: string, port: number): Promise<number> {
  try {
    return await listener.listen();
  } catch (error) {
    throw new Error(listenRemedy(error, host, port), { cause: error });
  }
}

function listenRemedy(error: unknown, host: string, port: number): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return `port ${port} on ${host} is in use: stop what listens there, or choose another port for the engine`;
  if (code === 'EACCES') return `port ${port} on ${host} needs rights that this process does not have: choose a port above 1023 for the engine`;
  if (code === 'EADDRNOTAVAIL') return `this machine has no address ${host}: choose another host for the engine, e.g. 127.0.0.1 or 0.0.0.0`;
  return `the engine cannot listen on ${host}:${port}: ${message}`;
}

/** Ends what took too long and forgets what nobody came back for. */
async function keepHouse({ cursors, transactions, snapshotReads, oplog, clusterParameters, clock, log, server }: CommandServices): Promise<void> {
  cursors.closeIdle(server.parameters.number('cursorTimeoutMillis'));
  snapshotReads.expire();
  try {
    await transactions.expire();
    const imageLifetime_s = clusterParameters.preImageLifetime_s;
    if (imageLifetime_s !== undefined) await oplog.expirePreImages(clock.now_ms() - imageLifetime_s * 1000);
  } catch (error) {
    log.write('error', 'housekeeping.failed', { reason: error instanceof Error ? error.message : String(error) });
  }
}

interface StopParts {
  readonly patience_ms: number;
  readonly stopping: AbortController;
  readonly listener: Listener;
  readonly services: CommandServices;
  readonly storage: LmdbStorage;
  readonly housekeeping: NodeJS.Timeout;
  readonly ttlMonitor: TtlMonitor;
  readonly log: EngineLog;
}

async function stopEngine({ patience_ms, stopping, listener, services, storage, housekeeping, ttlMonitor, log }: StopParts): Promise<void> {
  log.write('info', 'engine.stopping', { connections: services.metrics.connections.current });
  stopping.abort();
  clearInterval(housekeeping);
  while (services.server.writeGate.lockCount > 0) services.server.writeGate.unlock();
  // First: writes of others may wait for an idle transaction, and nobody will commit it any more.
  services.transactions.abortAll();
  const losingPatience = setTimeout(() => services.operations.interrupt('shutdown', () => true), patience_ms);
  await listener.close(patience_ms + stopGrace_ms);
  clearTimeout(losingPatience);
  services.cursors.closeWhere(() => true);
  services.snapshotReads.closeAll();
  await ttlMonitor.stop();
  await storage.close();
  log.write('info', 'engine.stopped', {});
}
