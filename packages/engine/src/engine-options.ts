// What an engine is started with, and what a running one shows.
import type { LogEvent } from './dispatch/log.js';
import type { TlsOptions } from './wire/tls.js';

export interface EngineOptions {
  /** Folder of all data; made if missing. One process at a time: a second one is refused and told which. */
  readonly dataDirectory: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 27017; 0 takes any free port. */
  readonly port?: number;
  /** `host:port` that `hello` names as the set's member, where clients reach it under another name than they connected to. */
  readonly advertisedHost?: string;
  /** Default `rs0`. */
  readonly replicaSetName?: string;
  /** Makes sure at start, before the first connection, that this user exists in `admin` with role `root` and this password. */
  readonly rootUser?: { readonly user: string; readonly password: string };
  /** Default true. Without it everybody may do everything, as with a mongod without `--auth`. */
  readonly authorization?: boolean;
  /** Allows `configureFailPoint` and friends. Default false. */
  readonly testCommands?: boolean;
  /** Connections at a time; more are closed at once. Default 10,000. */
  readonly connectionsMax?: number;
  /** What is kept of the oplog, which change streams read: so many MiB (default 128), and more where entries are younger than so many hours (default 0). */
  readonly oplog?: { readonly sizeMb?: number; readonly minRetentionHours?: number };
  /** Server parameters by name, as text: those that may be set at the start. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** File to which the audit log is appended, as JSON lines in MongoDB's format. Default: none. */
  readonly auditLogFile?: string;
  /** PEM texts; with them the port speaks TLS, and nothing else unless they say so. Default: none. */
  readonly tls?: TlsOptions;
  /** Receives the engine's log as structured events, already without secrets. Default: none. */
  readonly onLogEvent?: (event: LogEvent) => void;
}

export interface RunningEngine {
  readonly host: string;
  readonly port: number;
  /** `mongodb://host:port/`, without credentials. */
  readonly uri: string;
  /** Refuses new connections, lets running commands end, makes everything durable, closes the data folder. */
  stop(): Promise<void>;
  /** Resolves when the engine has stopped, by `stop()` or by a client's `shutdown` command. */
  readonly whenStopped: Promise<void>;
}
