// Tries everything the control plane needs of a cluster, before it is relied upon: that it answers and has transactions, that it is new
// enough, and that a user, a role and a database can be made, used and dropped there. What is made for that is dropped again.
import { ApiError } from '@freehold/api';
import { overQuotaRoles, tenantRoles } from '../domain/credential-plan.js';
import type { Secret } from '../domain/secret.js';
import type { Clock } from '../ports/clock.js';
import type { Cluster } from '../ports/cluster.js';
import { uriInvalid } from '../ports/cluster.js';
import type { ClusterMeasurement, ClusterProbe } from '../ports/clusters.js';
import { PermanentFailure, TransientFailure } from '../ports/failures.js';
import type { Identifiers } from '../ports/identifiers.js';

export interface PreflightDependencies {
  readonly clock: Clock;
  readonly identifiers: Identifiers;
}

export type UnsuitableReason =
  | 'uri_invalid' | 'unreachable' | 'authentication_failed' | 'standalone' | 'version_too_old' | 'not_permitted' | 'refused' | 'other_deployment';

/** The cluster cannot be used. */
export class ClusterUnsuitable extends Error {
  override readonly name = 'ClusterUnsuitable';

  /** `step`: what was tried last. `code`: MongoDB's or the driver's, where one of them said something. */
  constructor(readonly reason: UnsuitableReason, readonly step: string, readonly code: string | null, options?: ErrorOptions) {
    super(`the cluster cannot be used: ${reason}, at ${step}`, options);
  }
}

export interface Preflight {
  readonly probe: ClusterProbe;
  readonly measurement: ClusterMeasurement;
}

/** `hello` and all else we ask for is in 5.0. */
const oldestMajorVersion = 5;
const deadline_ms = 20_000;
/** A mongos learns of a new user within 30 s, Atlas within 20: a log-in that is refused at first is tried again until the deadline. */
const loginPause_ms = 500;

/** What is made on the cluster for the time of the preflight. */
interface Scratch {
  /** Of the database, and of the user in `admin`. */
  readonly name: string;
  readonly password: Secret;
}

interface Trial {
  readonly cluster: Cluster;
  readonly scratch: Scratch;
  readonly signal: AbortSignal;
  /** What is tried now. */
  step: string;
}

function reasonOf(error: TransientFailure | PermanentFailure): UnsuitableReason {
  if (error.code === uriInvalid) return 'uri_invalid';
  if (error.code === 'AuthenticationFailed') return 'authentication_failed';
  if (error.code === 'Unauthorized' || error.code === 'AtlasError') return 'not_permitted';
  return error instanceof TransientFailure ? 'unreachable' : 'refused';
}

function asUnsuitable(error: unknown, step: string): unknown {
  if (error instanceof TransientFailure || error instanceof PermanentFailure) return new ClusterUnsuitable(reasonOf(error), step, error.code, { cause: error });
  return error;
}

async function tryLogin(trial: Trial, { clock }: PreflightDependencies): Promise<void> {
  const { cluster, scratch: { name, password }, signal } = trial;
  for (;;) {
    try {
      await cluster.proveCredential({ username: name, password, database: name, neighbour: 'freehold' });
      return;
    } catch (error) {
      if (!(error instanceof TransientFailure) || error.code !== 'AuthenticationFailed' || signal.aborted) throw error;
      await clock.sleep(loginPause_ms, signal);
    }
  }
}

/** In the order of the list: each builds on the one before. */
function steps(trial: Trial, dependencies: PreflightDependencies, whileThere: (username: string) => Promise<void>): readonly (readonly [string, () => Promise<unknown>])[] {
  const { cluster, scratch: { name, password } } = trial;
  const owner = { userId: 'freehold', databaseId: name, operationId: name };
  return [
    ['create_user', () => cluster.createDatabaseUser({ username: name, password, roles: tenantRoles(name), owner })],
    ['compare_deployments', () => whileThere(name)],
    ['log_in', () => tryLogin(trial, dependencies)],
    ['create_role', () => cluster.ensureOverQuotaRole(name)],
    ['grant_role', () => cluster.setRoles(name, overQuotaRoles(name))],
    ['database_stats', () => cluster.databaseSize(name)],
    ['drop_user', () => cluster.dropDatabaseUser(name)],
    ['drop_database', () => cluster.dropDatabase(name)],
    ['drop_role', () => cluster.dropOverQuotaRole(name)],
  ];
}

async function run(trial: Trial, dependencies: PreflightDependencies, whileThere: (username: string) => Promise<void>): Promise<Preflight> {
  const { cluster, scratch: { name } } = trial;
  const { kind, version, latencyMilliseconds } = await cluster.describe();
  if (kind === 'standalone') throw new ClusterUnsuitable('standalone', trial.step, null);
  if (Number.parseInt(version, 10) < oldestMajorVersion) throw new ClusterUnsuitable('version_too_old', trial.step, version);
  trial.step = 'measure';
  const use = await cluster.measure();
  try {
    for (const [step, attempt] of steps(trial, dependencies, whileThere)) {
      trial.step = step;
      // One after the other: each builds on the one before.
      await attempt();
    }
  } catch (error) {
    await Promise.allSettled([cluster.dropDatabaseUser(name), cluster.dropDatabase(name), cluster.dropOverQuotaRole(name)]);
    throw error;
  }
  const at = dependencies.clock.now();
  return { probe: { at, latencyMilliseconds, errorCode: null }, measurement: { at, kind, version, ...use } };
}

/**
 * Throws ClusterUnsuitable. While the scratch user is there, `whileThere` is told its name: another cluster that knows it is the same
 * deployment, by whatever hosts it is reached.
 */
export async function preflight(dependencies: PreflightDependencies, cluster: Cluster, whileThere: (username: string) => Promise<void>): Promise<Preflight> {
  const { clock, identifiers } = dependencies;
  const over = new AbortController();
  const name = `freehold_preflight_${identifiers.uuid().slice(0, 13)}`;
  const trial: Trial = { cluster, scratch: { name, password: identifiers.password() }, signal: over.signal, step: 'connect' };
  const tooLate = clock.sleep(deadline_ms, over.signal).then(() => {
    throw new ClusterUnsuitable('unreachable', trial.step, 'PREFLIGHT_TIMED_OUT');
  });
  try {
    return await Promise.race([run(trial, dependencies, whileThere), tooLate]);
  } catch (error) {
    throw asUnsuitable(error, trial.step);
  } finally {
    tooLate.catch(() => undefined);
    over.abort();
  }
}

const words: Readonly<Record<UnsuitableReason, string>> = {
  uri_invalid: 'This is not a MongoDB connection string.',
  unreachable: 'The cluster does not answer.',
  authentication_failed: 'The cluster refuses the user or the password of the URI.',
  standalone: 'The cluster is a standalone server, which has no transactions.',
  version_too_old: 'The cluster is older than MongoDB 5.0.',
  not_permitted: 'The user of the URI lacks a right that is needed.',
  refused: 'The cluster refused something that is needed.',
  other_deployment: 'The URI leads to another deployment than before.',
};

/** What callers of the API are told. */
export function unsuitableError({ reason, step, code, cause }: ClusterUnsuitable): ApiError {
  return new ApiError('CLUSTER_UNSUITABLE', { reason, step, ...(code === null ? {} : { error_code: code }) }, { message: words[reason], cause });
}
