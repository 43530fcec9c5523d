// Runs apps as processes of this machine (R9): starts them with `MONGODB_URI`, restarts them when they fall, keeps their logs,
// and stops them with the platform.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConnectionString } from 'mongodb-connection-string-url';
import type { Clock } from '../../ports/clock.js';
import type { AppLogLine, Deployer, DeploymentRequest, DeploymentState } from '../../ports/deployer.js';
import { AppLog } from './app-log.js';
import { endLeftoverProcess } from './leftover-process.js';
import { parseProcessSpec, processEnvironment } from './process-spec.js';
import { defaultSupervisionLimits, SupervisedProcess, type SupervisionLimits } from './supervised-process.js';

export interface ProcessDeployerOptions {
  /** Folder of logs and process ids. */
  readonly directory: string;
  readonly clock: Clock;
  readonly limits?: SupervisionLimits;
}

export class ProcessDeployer implements Deployer {
  readonly kind = 'process';
  private readonly running = new Map<string, SupervisedProcess>();
  private readonly logs_ = new Map<string, AppLog>();
  /** The deployments of one app happen one after the other. */
  private readonly turns = new Map<string, Promise<unknown>>();
  private isClosed = false;

  constructor(private readonly options: ProcessDeployerOptions) {
    for (const appId of appIdsIn(options.directory)) endLeftoverProcess(this.pidFile(appId));
  }

  async deploy(request: DeploymentRequest): Promise<DeploymentState> {
    return this.inTurn(request.app._id, () => this.replace(request));
  }

  async stop(appId: string): Promise<void> {
    await this.inTurn(appId, async () => {
      await this.running.get(appId)?.stop();
      this.running.delete(appId);
    });
  }

  async state(appId: string): Promise<DeploymentState> {
    return this.running.get(appId)?.state() ?? { status: 'stopped' };
  }

  async logs(appId: string, limit: number): Promise<readonly AppLogLine[]> {
    return this.log(appId).newest(limit);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    // Those whose deployment is under way too: they run when it ends.
    const appIds = new Set([...this.running.keys(), ...this.turns.keys()]);
    await Promise.all([...appIds].map((appId) => this.stop(appId)));
    for (const log of this.logs_.values()) log.close();
    this.logs_.clear();
  }

  private async replace({ app, connectionUri }: DeploymentRequest): Promise<DeploymentState> {
    await this.running.get(app._id)?.stop();
    this.running.delete(app._id);
    // A program that is started now would outlive the platform; the next start takes the app up.
    if (this.isClosed) return { status: 'starting' };
    const spec = parseProcessSpec(app.spec);
    if (spec === undefined) return { status: 'failed', reason: 'the app has no command to run' };
    const log = this.log(app._id);
    const uri = connectionUri.reveal();
    log.hide([uri, ...passwordsOf(uri)]);
    const process_ = new SupervisedProcess({
      spec,
      environment: processEnvironment(spec, uri, process.env),
      log,
      pidFile: this.pidFile(app._id),
      clock: this.options.clock,
      limits: this.options.limits ?? defaultSupervisionLimits,
    });
    this.running.set(app._id, process_);
    return process_.start();
  }

  private async inTurn<Result>(appId: string, work: () => Promise<Result>): Promise<Result> {
    const previous = this.turns.get(appId) ?? Promise.resolve();
    const turn = previous.catch(() => undefined).then(work);
    this.turns.set(appId, turn);
    try {
      return await turn;
    } finally {
      if (this.turns.get(appId) === turn) this.turns.delete(appId);
    }
  }

  private log(appId: string): AppLog {
    const existing = this.logs_.get(appId);
    if (existing !== undefined) return existing;
    const log = new AppLog(join(this.options.directory, appId, 'log'), () => this.options.clock.now());
    this.logs_.set(appId, log);
    return log;
  }

  private pidFile(appId: string): string {
    return join(this.options.directory, appId, 'pid');
  }
}

function appIdsIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    // No app was ever deployed here.
    return [];
  }
}

/** The password of a connection URI, as it is written there and decoded. */
function passwordsOf(uri: string): string[] {
  const { password } = new ConnectionString(uri);
  return [password, decodeURIComponent(password)];
}
