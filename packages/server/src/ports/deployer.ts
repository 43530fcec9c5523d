// What runs an app (R9): a local process, Kubernetes, a webhook. One adapter each, all idempotent by app id.
import type { AppRecord } from '../domain/app.js';
import type { Secret } from '../domain/secret.js';

export type DeploymentStatus = 'stopped' | 'starting' | 'running' | 'failed';

export interface DeploymentRequest {
  readonly app: AppRecord;
  /** Injected as `MONGODB_URI`; kept nowhere by the control plane. */
  readonly connectionUri: Secret;
}

export interface DeploymentState {
  readonly status: DeploymentStatus;
  /** Why it failed, for people; without secrets. */
  readonly reason?: string;
}

export interface AppLogLine {
  readonly at: Date;
  /** `platform`: what the deployer itself says (started, exited, restarting). */
  readonly stream: 'stdout' | 'stderr' | 'platform';
  readonly text: string;
}

export interface Deployer {
  readonly kind: string;
  /**
   * Starts the app, or replaces the running one; resolves when the new one is up or has failed. Up means that it has passed the health
   * check of its spec (`AppSpec.health_check`): a rotation gives up the old credential on the strength of it.
   */
  deploy(request: DeploymentRequest): Promise<DeploymentState>;
  /** Resolves when it runs no more; an app that does not run is fine. */
  stop(appId: string): Promise<void>;
  state(appId: string): Promise<DeploymentState>;
  /** The newest lines, oldest first, without secrets. */
  logs(appId: string, limit: number): Promise<readonly AppLogLine[]>;
  /** Resolves when nothing runs any more; what is to be deployed after that is left as `starting`. */
  close(): Promise<void>;
}
