// The server's own state as commands see it, made from the options it was started with.
import { ObjectId } from 'bson';
import { stageLimitBytes } from './aggregation/working-memory.js';
import { objectIdValue } from './bson/values.js';
import type { EngineClock } from './dispatch/clock.js';
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
  readonly requestStop: () => void;
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
    parameters: defaultParameters(testCommands),
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

/** The parameters that tools ask for. */
function defaultParameters(testCommands: boolean): Map<string, unknown> {
  return new Map<string, unknown>([
    ['allowDiskUseByDefault', true],
    ['authenticationMechanisms', ['SCRAM-SHA-1', 'SCRAM-SHA-256']],
    ['cursorTimeoutMillis', 600_000],
    ['enableTestCommands', testCommands],
    ['featureCompatibilityVersion', { version: featureVersion }],
    ['authSchemaVersion', 5],
    ['internalDocumentSourceGroupMaxMemoryBytes', stageLimitBytes],
    ['internalQueryMaxBlockingSortMemoryUsageBytes', stageLimitBytes],
    ['logLevel', 0],
    ['localLogicalSessionTimeoutMinutes', 30],
    ['maxBSONDepth', 200],
    ['notablescan', false],
    ['quiet', false],
    ['scramIterationCount', 10_000],
    ['scramSHA256IterationCount', 15_000],
    ['transactionLifetimeLimitSeconds', 60],
    ['ttlMonitorEnabled', true],
    ['ttlMonitorSleepSecs', 60],
  ]);
}
