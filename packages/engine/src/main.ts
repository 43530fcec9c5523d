#!/usr/bin/env node
// The program `freehold-engine`: one engine in one process, with its log as JSON lines on standard error.
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { destination, pino } from 'pino';
import { startEngine, type EngineOptions } from './server.js';

interface Flags {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly advertisedHost?: string;
  readonly replicaSet: string;
  readonly auth: boolean;
  readonly rootUser?: string;
  readonly rootPasswordFile?: string;
  readonly testCommands?: boolean;
  readonly maxConnections: number;
  readonly tlsCertificateFile?: string;
  readonly tlsKeyFile?: string;
  readonly tlsCaFile?: string;
  readonly logLevel: string;
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('expected a whole number');
  return number;
}

function readFlags(): Flags {
  return new Command('freehold-engine')
    .description('A MongoDB-compatible server on one data folder.')
    .requiredOption('--data-dir <folder>', 'folder of all data; made if missing')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 takes a free one', wholeNumber, 27017)
    .option('--advertised-host <host:port>', 'where clients reach the engine, if not where they connect to')
    .option('--replica-set <name>', 'name of the replica set', 'rs0')
    .option('--no-auth', 'let everybody do everything')
    .option('--root-user <name>', 'user with the role root, made or given the password at the start')
    .option('--root-password-file <file>', 'file with the password of that user')
    .option('--test-commands', 'allow configureFailPoint')
    .option('--max-connections <number>', 'connections at a time', wholeNumber, 10_000)
    .option('--tls-certificate-file <file>', 'PEM file with the certificate; the port then speaks TLS only')
    .option('--tls-key-file <file>', 'PEM file with the private key')
    .option('--tls-ca-file <file>', 'PEM file with the authority that must have signed clients\' certificates')
    .option('--log-level <level>', 'debug, info, warn or error', 'info')
    .parse()
    .opts<Flags>();
}

function rootUserOf({ rootUser, rootPasswordFile }: Flags): EngineOptions['rootUser'] {
  if (rootUser === undefined && rootPasswordFile === undefined) return undefined;
  if (rootUser === undefined || rootPasswordFile === undefined) throw new Error('--root-user and --root-password-file go together');
  const password = readFileSync(rootPasswordFile, 'utf8').replace(/\r?\n$/u, '');
  if (password === '') throw new Error(`${rootPasswordFile} is empty: write the password into it`);
  return { user: rootUser, password };
}

function tlsOf({ tlsCertificateFile, tlsKeyFile, tlsCaFile }: Flags): EngineOptions['tls'] {
  if (tlsCertificateFile === undefined && tlsKeyFile === undefined) return undefined;
  if (tlsCertificateFile === undefined || tlsKeyFile === undefined) throw new Error('--tls-certificate-file and --tls-key-file go together');
  const tls = { certificate: readFileSync(tlsCertificateFile, 'utf8'), privateKey: readFileSync(tlsKeyFile, 'utf8') };
  return tlsCaFile === undefined ? tls : { ...tls, certificateAuthority: readFileSync(tlsCaFile, 'utf8') };
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
    ...(flags.advertisedHost === undefined ? {} : { advertisedHost: flags.advertisedHost }),
    ...(rootUser === undefined ? {} : { rootUser }),
    ...(tls === undefined ? {} : { tls }),
  };
}

const flags = readFlags();
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
