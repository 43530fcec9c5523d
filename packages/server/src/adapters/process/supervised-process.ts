// One app as a local process: started, watched, started again when it falls, stopped for good when asked.
//
//   starting --up--> running --exit--> waiting --back-off--> starting
//   any --stop()--> stopped
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { DeploymentState, DeploymentStatus } from '../../ports/deployer.js';
import type { Clock } from '../../ports/clock.js';
import type { AppLog } from './app-log.js';
import { acceptsConnections, becomesHealthy } from './health-check.js';
import { forgetProcess, rememberProcess, signalGroup } from './leftover-process.js';
import type { ProcessSpec } from './process-spec.js';

/** How a process is watched; injected, so that tests need not wait. */
export interface SupervisionLimits {
  /** An app with a port has to be up by then, unless its health check says otherwise. */
  readonly startup_ms: number;
  /** An app without a port counts as up when it still runs after this, unless its health check says otherwise. */
  readonly settle_ms: number;
  readonly firstBackoff_ms: number;
  readonly maxBackoff_ms: number;
  /** Between SIGTERM and SIGKILL. */
  readonly stop_ms: number;
}

export const defaultSupervisionLimits: SupervisionLimits = { startup_ms: 30_000, settle_ms: 1000, firstBackoff_ms: 1000, maxBackoff_ms: 30_000, stop_ms: 10_000 };

export interface SupervisedProcessOptions {
  readonly spec: ProcessSpec;
  readonly environment: NodeJS.ProcessEnv;
  readonly log: AppLog;
  readonly pidFile: string;
  readonly clock: Clock;
  readonly limits: SupervisionLimits;
}

export class SupervisedProcess {
  private status: DeploymentStatus = 'starting';
  private reason: string | undefined;
  private child: ChildProcess | undefined;
  private readonly stopping = new AbortController();
  private supervision: Promise<void> | undefined;

  constructor(private readonly options: SupervisedProcessOptions) {}

  state(): DeploymentState {
    return { status: this.status, ...(this.reason === undefined ? {} : { reason: this.reason }) };
  }

  /** Starts it and resolves when it is up, or has failed for the first time; it is watched from then on. */
  async start(): Promise<DeploymentState> {
    await new Promise<void>((resolve) => {
      this.supervision = this.supervise(resolve);
      // Stopped before it was up: nobody waits for it any more.
      void this.supervision.then(resolve);
    });
    return this.state();
  }

  /** Resolves when neither it nor anything it started runs any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    const { child } = this;
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      signalGroup(child.pid, 'SIGTERM');
      const timer = setTimeout(() => signalGroup(child.pid!, 'SIGKILL'), this.options.limits.stop_ms);
      await this.supervision;
      clearTimeout(timer);
      await this.endGroup(child.pid);
    }
    await this.supervision;
    this.status = 'stopped';
    this.reason = undefined;
  }

  /** What the app itself started and left behind: it may still hold the app's port. */
  private async endGroup(pid: number): Promise<void> {
    const { clock, limits } = this.options;
    const deadline_ms = clock.now().getTime() + limits.stop_ms;
    // Where nobody reaps the dead (a container without an init), the group never goes: then the deadline ends the wait.
    while (signalGroup(pid, 'SIGKILL') && clock.now().getTime() < deadline_ms) await clock.sleep(5);
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async supervise(onFirstAttempt: () => void): Promise<void> {
    const { limits, clock, log } = this.options;
    let backoff_ms = limits.firstBackoff_ms;
    while (!this.isStopping()) {
      const outcome = await this.runOnce(onFirstAttempt);
      if (this.isStopping()) return;
      if (outcome.wasUp) backoff_ms = limits.firstBackoff_ms;
      this.status = 'failed';
      this.reason = `${outcome.reason}; starting it again in ${backoff_ms / 1000} s`;
      log.note(this.reason);
      onFirstAttempt();
      await clock.sleep(backoff_ms, this.stopping.signal);
      backoff_ms = Math.min(backoff_ms * 2, limits.maxBackoff_ms);
    }
  }

  /** One life of the process, from its start to its exit. */
  private async runOnce(onUp: () => void): Promise<{ readonly wasUp: boolean; readonly reason: string }> {
    const { spec, environment, log, pidFile } = this.options;
    this.status = 'starting';
    // Otherwise whoever listens there would be taken for the app.
    if (spec.port !== undefined && await acceptsConnections(spec.port)) return { wasUp: false, reason: `port ${spec.port} is taken by another program` };
    // Its own process group, so that stopping it reaches all that it started.
    const child = spawn(spec.command[0]!, spec.command.slice(1), {
      cwd: spec.cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true,
    });
    this.child = child;
    const exit = exitOf(child);
    if (child.pid !== undefined) {
      rememberProcess(pidFile, child.pid);
      log.note(`started as process ${child.pid}`);
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => log.output('stdout', chunk));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => log.output('stderr', chunk));
    }
    const isUp = await this.awaitUp(exit);
    if (isUp) {
      this.status = 'running';
      this.reason = undefined;
      onUp();
    } else if (child.pid !== undefined) {
      signalGroup(child.pid, 'SIGKILL');
    }
    const reason = await exit;
    forgetProcess(pidFile);
    return { wasUp: isUp, reason: isUp || child.exitCode !== null || child.pid === undefined ? reason : 'it did not come up in time' };
  }

  /** Resolves true when the process is up; false when it ended, did not come up in time, or is to stop. */
  private async awaitUp(exit: Promise<string>): Promise<boolean> {
    const { spec, limits, clock } = this.options;
    const ended = new AbortController();
    void exit.then(() => ended.abort());
    const signal = AbortSignal.any([ended.signal, this.stopping.signal]);
    return becomesHealthy(spec, limits, clock, signal);
  }
}

async function exitOf(child: ChildProcess): Promise<string> {
  try {
    // `close`, not `exit`: by then everything it wrote has been read.
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return code === null ? `it was ended by ${signal ?? 'a signal'}` : `it exited with code ${code}`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'its command or working directory does not exist' : `it could not be started (${code ?? 'unknown error'})`;
  }
}
