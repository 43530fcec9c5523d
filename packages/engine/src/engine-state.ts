// The server's own state as commands see it, made from the options it was started with.
import { ObjectId } from 'bson';
import { objectIdValue } from './bson/values.js';
import type { EngineClock } from './dispatch/clock.js';
import { ServerParameters } from './dispatch/parameters.js';
import { featureVersion, type ServerState } from './dispatch/server-state.js';
import { WriteGate } from './dispatch/write-gate.js';
import type { EngineOptions } from './engine-options.js';

export const defaultConnectionsMax = 10_000;

export interface EngineStateParts {
  readonly options: EngineOptions;
  readonly clock: EngineClock;
  readonly host: string;
  /** Known once the socket listens. */
  readonly port: () => number;
  readonly stopping: AbortSignal;
  readonly requestStop: (patience_ms?: number) => void;
  readonly rotateCertificates: (() => void) | undefined;
  /** `fsync` holds a lock from now on, or does no longer. */
  readonly onWriteLock: (isLocked: boolean) => void;
}

export function makeServerState(parts: EngineStateParts): ServerState {
  const { options, clock, host } = parts;
  const testCommands = options.testCommands ?? false;
  return {
    replicaSetName: options.replicaSetName ?? 'rs0',
    advertisedHost: options.advertisedHost,
    host,
    get port() {
      return parts.port();
    },
    dataDirectory: options.dataDirectory,
    authorization: options.authorization ?? true,
    testCommands,
    tlsMode: options.tls === undefined ? 'disabled' : options.tls.allowsPlainText === true ? 'preferTLS' : 'requireTLS',
    rotateCertificates: parts.rotateCertificates,
    connectionsMax: options.connectionsMax ?? defaultConnectionsMax,
    started_ms: clock.now_ms(),
    processIdValue: objectIdValue(Buffer.from(new ObjectId().id)),
    electionId: electionId(clock.now_ms()),
    topologyCounter: 6n,
    parameters: new ServerParameters(options.parameters, { enableTestCommands: testCommands, featureCompatibilityVersion: { version: featureVersion } }),
    writeGate: new WriteGate(parts.onWriteLock),
    stopping: parts.stopping,
    requestStop: parts.requestStop,
  };
}

/** Later starts have higher ids, so that drivers never take a new start for a stale primary. */
function electionId(now_ms: number): ObjectId {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(0x7fffffff, 0);
  bytes.writeBigUInt64BE(BigInt(now_ms), 4);
  return new ObjectId(bytes);
}
