// A deployer that runs nothing: it remembers what it was given, and lets a test say which apps do not come up.
import type { Deployer, DeploymentRequest, DeploymentState } from '../ports/deployer.js';

export interface NotingDeployer extends Deployer {
  readonly requests: DeploymentRequest[];
  /** Names of apps that fail their health check from now on. */
  readonly failing: Set<string>;
}

/** The port's own contract is tested with the deployer that runs processes. */
export function notingDeployer(): NotingDeployer {
  const requests: DeploymentRequest[] = [];
  const failing = new Set<string>();
  const states = new Map<string, DeploymentState>();
  return {
    kind: 'process', requests, failing,
    deploy: (request) => {
      requests.push(request);
      const state: DeploymentState = failing.has(request.app.name) ? { status: 'failed', reason: 'it does not answer' } : { status: 'running' };
      states.set(request.app._id, state);
      return Promise.resolve(state);
    },
    stop: (appId) => {
      states.delete(appId);
      return Promise.resolve();
    },
    state: (appId) => Promise.resolve(states.get(appId) ?? { status: 'stopped' }),
    logs: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
}
