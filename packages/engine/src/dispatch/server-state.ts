// Who this server is and how it goes: its names, its version, its settings, and its way to the end.
// Commands read it; server.ts makes it.

/** What `buildInfo` and `hello` say. Drivers and tools decide by these numbers what they may use. */
export const serverVersion = '8.0.4';
export const serverVersionArray: readonly number[] = [8, 0, 4, 0];
export const maxWireVersion = 25;
export const maxDocumentBytes = 16 * 1024 * 1024;
export const maxMessageBytes = 48_000_000;
export const maxWriteBatchSize = 100_000;
export const logicalSessionTimeoutMinutes = 30;

export interface ServerState {
  readonly replicaSetName: string;
  /** `host:port` that `hello` names where it differs from what the client connected to. */
  readonly advertisedHost: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly dataDirectory: string;
  readonly authorization: boolean;
  readonly testCommands: boolean;
  readonly usesTls: boolean;
  readonly connectionsMax: number;
  readonly started_ms: number;
  /** 12 bytes, new at every start; with `counter` it is the topology version of `hello`. */
  readonly processId: Buffer;
  /** What `getParameter` and `setParameter` see. */
  readonly parameters: Map<string, unknown>;
  /** Write-blocking by `fsync: {lock: true}`: how many locks are held. */
  fsyncLocks: number;
  /** Aborted as the server begins to stop: waiting hellos answer, new commands are refused. */
  readonly stopping: AbortSignal;
  /** Begins an orderly stop (the `shutdown` command). */
  requestStop(): void;
}
