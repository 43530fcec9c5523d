#!/usr/bin/env node
// The program `freehold-engine`: one engine in one process, with its log as JSON lines on standard error.
import { readFileSync } from 'node:fs';
import { destination, pino } from 'pino';
import { engineCommandLine, type Flags } from './command-line.js';
import { keepHeapSmall } from './heap-growth.js';
import { startEngine, type EngineOptions } from './server.js';
import { readTlsFiles } from './wire/tls.js';

function rootUserOf({ rootUser, rootPasswordFile }: Flags): EngineOptions['rootUser'] {
  if (rootUser === undefined && rootPasswordFile === undefined) return undefined;
  if (rootUser === undefined || rootPasswordFile === undefined) throw new Error('--root-user and --root-password-file go together');
  const password = readFileSync(rootPasswordFile, 'utf8').replace(/\r?\n$/u, '');
  if (password === '') throw new Error(`${rootPasswordFile} is empty: write the password into it`);
  return { user: rootUser, password };
}

function tlsOf({ tlsMode, tlsCertificateFile, tlsKeyFile, tlsCaFile, tlsAllowConnectionsWithoutCertificates: allowsNoCertificate = false }: Flags): EngineOptions['tls'] {
  if (tlsCertificateFile === undefined && tlsKeyFile === undefined) return undefined;
  if (tlsCertificateFile === undefined || tlsKeyFile === undefined) throw new Error('--tls-certificate-file and --tls-key-file go together');
  const files = { certificate: tlsCertificateFile, privateKey: tlsKeyFile, ...(tlsCaFile === undefined ? {} : { certificateAuthority: tlsCaFile }) };
  return { ...readTlsFiles(files), allowsNoCertificate, allowsPlainText: tlsMode !== 'requireTLS' };
}

function optionsOf(flags: Flags): EngineOptions {
  const rootUser = rootUserOf(flags);
  const tls = tlsOf(flags);
  return {
    dataDirectory: flags.dataDir,
    host: flags.host,
    port: flags.port,
    replicaSetName: flags.replicaSet,
    authorization: flags.auth,
    testCommands: flags.testCommands === true,
    connectionsMax: flags.maxConnections,
    oplog: { sizeMb: flags.oplogSizeMb, minRetentionHours: flags.oplogMinRetentionHours },
    parameters: flags.setParameter,
    ...(flags.advertisedHost === undefined ? {} : { advertisedHost: flags.advertisedHost }),
    ...(rootUser === undefined ? {} : { rootUser }),
    ...(tls === undefined ? {} : { tls }),
    ...(flags.auditLog === undefined ? {} : { auditLogFile: flags.auditLog }),
  };
}

keepHeapSmall();
const flags = engineCommandLine().parse().opts<Flags>();
const logger = pino({ name: 'freehold-engine', level: flags.logLevel }, destination({ fd: 2, sync: true }));
try {
  const engine = await startEngine({
    ...optionsOf(flags),
    onLogEvent: ({ level, event, fields }) => logger[level]({ event, ...fields }),
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void engine.stop());
  await engine.whenStopped;
} catch (error) {
  logger.fatal({ event: 'engine.start_failed', reason: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
