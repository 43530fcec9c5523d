// Whether an app that has been started is up: its port takes connections, or a path of it answers well, and it goes on running for as
// long as its spec says.
import { request } from 'node:http';
import { connect } from 'node:net';
import type { Clock } from '../../ports/clock.js';
import type { ProcessSpec } from './process-spec.js';

interface HealthCheckLimits {
  readonly startup_ms: number;
  readonly settle_ms: number;
}

const pollMilliseconds = 50;
/** An answer that takes longer is none. */
const answerMilliseconds = 5_000;

/** Resolves true when it is up and stays so for its time; false when the signal aborts (it ended, or is to stop) or its time is over. */
export async function becomesHealthy({ port, health_check: check = {} }: ProcessSpec, limits: HealthCheckLimits, clock: Clock, signal: AbortSignal): Promise<boolean> {
  if (port !== undefined) {
    const isUp = (): Promise<boolean> => (check.path === undefined ? acceptsConnections(port) : answersWell(port, check.path, signal));
    if (!(await comesUp(isUp, check.within_ms ?? limits.startup_ms, clock, signal))) return false;
  }
  const staysUp_ms = check.stays_up_ms ?? (port === undefined ? limits.settle_ms : 0);
  if (staysUp_ms > 0) await clock.sleep(staysUp_ms, signal);
  return !signal.aborted;
}

async function comesUp(isUp: () => Promise<boolean>, within_ms: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const deadline_ms = clock.now().getTime() + within_ms;
  while (!signal.aborted && clock.now().getTime() < deadline_ms) {
    // One after the other: the next one is asked only where this one has failed.
    if (await isUp()) return !signal.aborted;
    await clock.sleep(pollMilliseconds, signal);
  }
  return false;
}

/** Whether something on this machine listens on the port. */
export async function acceptsConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const settle = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
}

/** Whether a GET of the path is answered with 200 to 399. */
async function answersWell(port: number, path: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request({ host: '127.0.0.1', port, path, agent: false, signal, timeout: answerMilliseconds }, (answer) => {
      answer.resume();
      const { statusCode = 0 } = answer;
      resolve(statusCode >= 200 && statusCode < 400);
    });
    asking.once('timeout', () => asking.destroy()).once('error', () => resolve(false)).end();
  });
}
