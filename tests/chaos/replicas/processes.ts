// The processes that are killed: several control planes on one control database, and the engine that holds it.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../packages/server/src/testing/free-port.fixture.js';
import { isRedisMissing, startTestRedis, type TestRedis } from '../../../packages/server/src/testing/redis-server.fixture.js';
import { externalMasterKey } from '../../e2e/external-mongodb.js';
import { removeFolder, root, startPlatform, temporaryFolder, type TestPlatform } from '../../e2e/platform.js';

export const operatorPassword = 'the operator of chaos';
export const operatorEmail = 'operator@freehold.local';
const rootPassword = 'root of the chaos engine';
const engineStart_ms = 60_000;

export interface ReplicaSet {
  /** As root, to look behind the control planes' backs. */
  readonly mongodbUri: string;
  /** Where the replicas that run answer. */
  urls(): readonly string[];
  readonly replicaCount: number;
  readonly hasEngine: boolean;
  killReplica(index: number): Promise<void>;
  startReplica(index: number): Promise<void>;
  /** Kills the engine and starts it again on the same data and port. */
  restartEngine(): Promise<void>;
  readonly hasRedis: boolean;
  /** Kills Redis, with everything it held, and starts it again. */
  restartRedis(): Promise<void>;
  /** What all of them have printed that tells of something that should not happen. */
  complaints(): readonly string[];
  stop(): Promise<void>;
}

async function startEngine(folder: string, port: number): Promise<ChildProcess> {
  const passwordFile = join(folder, 'root-password');
  writeFileSync(passwordFile, rootPassword, { mode: 0o600 });
  const child = spawn(process.execPath, [
    join(root, 'packages/engine/dist/main.js'), '--data-dir', join(folder, 'data'), '--port', String(port), '--root-user', 'root', '--root-password-file', passwordFile,
  ], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the engine did not start:\n${output}`)), engineStart_ms);
    const onData = (chunk: Buffer): void => {
      output = `${output}${chunk.toString()}`.slice(-4000);
      if (!output.includes('"event":"engine.started"')) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.once('exit', (code) => reject(new Error(`the engine ended with ${code}:\n${output}`)));
  });
  return child;
}

/** Counted, in Redis where there is one, and never reached. */
const generous = { limit: 1_000_000, window_seconds: 3600 };
const generousRateLimits = JSON.stringify({ database_creation: generous, credential_rotation: generous, database_deletion: generous, missed_lookups: generous, requests: generous, sign_ups: generous });

/** Errors that no outage explains: requests that ended with INTERNAL_ERROR. */
const unexpected = /"event":"http\.failed"|"error_code":"INTERNAL_ERROR".*"event":"bulk\.item_failed"/u;

class Replicas implements ReplicaSet {
  readonly #folders: readonly string[];
  readonly #platforms: (TestPlatform | undefined)[];
  readonly #ended: string[] = [];

  constructor(readonly mongodbUri: string, readonly replicaCount: number, readonly engine: { readonly folder: string; readonly port: number; child: ChildProcess } | undefined, readonly redis: TestRedis | undefined) {
    this.#folders = Array.from({ length: replicaCount }, (_, index) => temporaryFolder(`chaos-${index}`));
    this.#platforms = Array.from({ length: replicaCount }, () => undefined);
  }

  get hasEngine(): boolean {
    return this.engine !== undefined;
  }

  get hasRedis(): boolean {
    return this.redis !== undefined;
  }

  urls(): readonly string[] {
    return this.#platforms.flatMap((platform) => (platform === undefined ? [] : [platform.url]));
  }

  async startReplica(index: number): Promise<void> {
    const environment = {
      FREEHOLD_MONGODB_URI: this.mongodbUri, FREEHOLD_MASTER_KEYS: `k1:${externalMasterKey}`, FREEHOLD_OPERATOR_PASSWORD: operatorPassword, FREEHOLD_LEASE_SECONDS: '3', FREEHOLD_WEBHOOK_ALLOW_PRIVATE: 'on', FREEHOLD_RATE_LIMITS: generousRateLimits,
      ...(this.redis === undefined ? {} : { FREEHOLD_REDIS_URL: this.redis.url }),
    };
    this.#platforms[index] ??= await startPlatform({ dataDirectory: this.#folders[index]!, environment });
  }

  async killReplica(index: number): Promise<void> {
    const platform = this.#platforms[index];
    this.#platforms[index] = undefined;
    await platform?.kill();
    if (platform !== undefined) this.#ended.push(platform.output());
  }

  async restartEngine(): Promise<void> {
    if (this.engine === undefined) return;
    const exited = once(this.engine.child, 'exit');
    this.engine.child.kill('SIGKILL');
    await exited;
    this.engine.child = await startEngine(this.engine.folder, this.engine.port);
  }

  async restartRedis(): Promise<void> {
    await this.redis?.restart();
  }

  complaints(): readonly string[] {
    const outputs = [...this.#ended, ...this.#platforms.flatMap((platform) => platform?.output() ?? [])];
    return outputs.flatMap((output) => output.split('\n').filter((line) => unexpected.test(line)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#platforms.flatMap((platform) => (platform === undefined ? [] : [platform.stop()])));
    if (this.engine !== undefined) {
      const exited = once(this.engine.child, 'exit');
      this.engine.child.kill('SIGTERM');
      await exited;
      removeFolder(this.engine.folder);
    }
    await this.redis?.stop();
    this.#folders.forEach(removeFolder);
  }
}

/** Starts the engine (or takes FREEHOLD_TEST_MONGODB_URI) and so many control planes on it. */
export async function startReplicas(count: number): Promise<ReplicaSet> {
  const given = process.env['FREEHOLD_TEST_MONGODB_URI'];
  let engine: { folder: string; port: number; child: ChildProcess } | undefined;
  if (given === undefined || given === '') {
    const folder = temporaryFolder('chaos-engine');
    const port = await freePort();
    engine = { folder, port, child: await startEngine(folder, port) };
  }
  const uri = engine === undefined ? given! : `mongodb://root:${encodeURIComponent(rootPassword)}@127.0.0.1:${engine.port}/?authSource=admin&directConnection=true`;
  const replicas = new Replicas(uri, count, engine, isRedisMissing ? undefined : await startTestRedis());
  try {
    // The first alone: it makes the operator's account.
    await replicas.startReplica(0);
    await Promise.all(Array.from({ length: count - 1 }, (_, index) => replicas.startReplica(index + 1)));
    return replicas;
  } catch (error) {
    await replicas.stop();
    throw error;
  }
}
