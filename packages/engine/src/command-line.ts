// The command line of the program `freehold-engine`; docs/engine.md lists it from here.
import { Command, InvalidArgumentError, Option } from 'commander';

export interface Flags {
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
  readonly oplogSizeMb: number;
  readonly oplogMinRetentionHours: number;
  readonly tlsMode: string;
  readonly tlsCertificateFile?: string;
  readonly tlsKeyFile?: string;
  readonly tlsCaFile?: string;
  readonly tlsAllowConnectionsWithoutCertificates?: boolean;
  readonly auditLog?: string;
  readonly setParameter: Readonly<Record<string, string>>;
  readonly logLevel: string;
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('expected a whole number');
  return number;
}

function parameterValue(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const equals = text.indexOf('=');
  if (equals <= 0) throw new InvalidArgumentError('expected name=value');
  return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** Every flag with its help. Source: design, section 7 (the engine as a program of its own). */
export function engineCommandLine(): Command {
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
    .option('--oplog-size-mb <number>', 'MiB of changes kept for change streams to be resumed', wholeNumber, 128)
    .option('--oplog-min-retention-hours <number>', 'hours for which changes are kept even where they are more', wholeNumber, 0)
    .addOption(new Option('--tls-mode <mode>', 'whether clients may also speak plain text, where there is a certificate').choices(['requireTLS', 'preferTLS', 'allowTLS']).default('requireTLS'))
    .option('--tls-certificate-file <file>', 'PEM file with the certificate; the port then speaks TLS')
    .option('--tls-key-file <file>', 'PEM file with the private key')
    .option('--tls-ca-file <file>', 'PEM file with the authority that must have signed clients\' certificates')
    .option('--tls-allow-connections-without-certificates', 'let clients without a certificate in though there is an authority for them')
    .option('--audit-log <file>', 'file for the audit log: JSON lines in MongoDB\'s format')
    .option('--set-parameter <name=value>', 'server parameter as setParameter of a mongod takes it; may be given again and again', parameterValue, {})
    .option('--log-level <level>', 'debug, info, warn or error', 'info');
}
