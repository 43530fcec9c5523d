// Composition of the engine: storage, users, commands and sockets, from one set of options.

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
  /** Receives the engine's log as structured events, already without secrets. Default: none. */
  readonly onLogEvent?: (event: { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly event: string; readonly fields: Readonly<Record<string, unknown>> }) => void;
}

export interface RunningEngine {
  readonly host: string;
  readonly port: number;
  /** `mongodb://host:port/`, without credentials. */
  readonly uri: string;
  /** Refuses new connections, lets running commands end, makes everything durable, closes the data folder. */
  stop(): Promise<void>;
}

/** Starts an engine. Throws an Error that names the remedy where the folder is in use, the port is taken or the files are damaged. */
export async function startEngine(options: EngineOptions): Promise<RunningEngine> {
  throw new Error(`not composed yet: ${options.dataDirectory}`);
}
