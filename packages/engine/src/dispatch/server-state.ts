// Who this server is and how it goes: its names, its version, its settings, and its way to the end.
// Commands read it; server.ts makes it.
import type { ObjectId } from 'bson';
import type { RawValue } from '../bson/raw-value.js';
import type { ServerParameters } from './parameters.js';
import type { WriteGate } from './write-gate.js';

/** What `buildInfo` and `hello` say. Drivers and tools decide by these numbers what they may use. */
export const serverVersion = '8.0.4';
export const serverVersionArray: readonly number[] = [8, 0, 4, 0];
/** The only feature compatibility version. */
export const featureVersion = '8.0';
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
  /** As `net.tls.mode` of a mongod. */
  readonly tlsMode: 'disabled' | 'preferTLS' | 'requireTLS';
  /** None: there is no TLS, or its certificates come from no files. */
  readonly rotateCertificates: (() => void) | undefined;
  readonly connectionsMax: number;
  readonly started_ms: number;
  /** An ObjectId, new at every start; with the counter it is the topology version of `hello`. */
  readonly processIdValue: RawValue;
  /** An ObjectId; drivers take the highest one for the current primary. */
  readonly electionId: ObjectId;
  /** Goes up when `hello` has something new to say. */
  readonly topologyCounter: bigint;
  /** What `getParameter` and `setParameter` see. */
  readonly parameters: ServerParameters;
  /** Closed by `fsync: {lock: true}`. */
  readonly writeGate: WriteGate;
  /** Aborted as the server begins to stop: waiting hellos answer, new commands are refused. */
  readonly stopping: AbortSignal;
  /** Begins an orderly stop (the `shutdown` command); running commands may end by themselves for `patience_ms`. */
  requestStop(patience_ms?: number): void;
}
