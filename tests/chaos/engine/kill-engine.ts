// Starts an engine, lets clients at it, kills it in their midst, starts it again and looks for what is missing; again and again.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { freePort } from '../../../packages/server/src/testing/free-port.fixture.js';
import { seeded } from '../replicas/random.js';
import { findLosses, Ledger, prepare, runLoad } from './load.js';

const program = fileURLToPath(new URL('../../../packages/engine/dist/main.js', import.meta.url));
const start_ms = 30_000;
/** A kill comes after so many acknowledgements at most. */
const acknowledgementsMax = 400;
/** One start in so many is killed before the engine has come up, somewhere in the time that this takes. */
const startsPerEarlyKill = 4;
const earlyKill_ms = 400;

export interface KillReport {
  readonly kills: number;
  readonly acknowledged: number;
  readonly losses: readonly string[];
}

function spawnEngine(folder: string, port: number): ChildProcess & { readonly stderr: Readable } {
  return spawn(process.execPath, [program, '--data-dir', folder, '--port', String(port), '--no-auth'], { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Kills an engine while it opens its folder, or just behind that. */
async function killEarly(folder: string, port: number, after_ms: number): Promise<void> {
  const child = spawnEngine(folder, port);
  child.stderr.resume();
  const exited = once(child, 'exit');
  setTimeout(() => child.kill('SIGKILL'), after_ms);
  await exited;
}

async function startEngine(folder: string, port: number): Promise<ChildProcess> {
  const child = spawnEngine(folder, port);
  let log = '';
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the engine did not start: ${log}`)), start_ms);
    child.stderr.on('data', (chunk: Buffer) => {
      log = `${log}${chunk.toString()}`.slice(-4000);
      if (!log.includes('engine.started')) return;
      clearTimeout(timer);
      resolve();
    });
    child.once('exit', () => reject(new Error(`the engine ended: ${log}`)));
  });
  return child;
}

export interface KillOptions {
  readonly folder: string;
  readonly kills: number;
  /** The same seed makes the same choices; what the kernel and the clock do is another matter. */
  readonly seed: number;
  /** Hears of each round. */
  readonly onRound?: (report: KillReport) => void;
}

/** Kills the engine so many times, each after a different number of acknowledgements, and some of them while it starts. */
export async function killEngine({ folder, kills, seed, onRound }: KillOptions): Promise<KillReport> {
  const random = seeded(seed);
  const ledger = new Ledger(random.fork());
  const losses: string[] = [];
  let acknowledged = 0;
  const port = await freePort();
  const uri = `mongodb://127.0.0.1:${port}/?directConnection=true`;
  for (let kill = 0; kill <= kills; kill += 1) {
    // Each round goes on with what the one before left.
    if (random.below(startsPerEarlyKill) === 0) await killEarly(folder, port, random.below(earlyKill_ms));
    const child = await startEngine(folder, port);
    const client = new MongoClient(uri);
    await prepare(client);
    losses.push(...(await findLosses(client, ledger)));
    await client.close();
    onRound?.({ kills: kill, acknowledged, losses });
    const exited = once(child, 'exit');
    if (kill === kills || losses.length > 0) {
      child.kill('SIGINT');
      await exited;
      break;
    }
    let left = 1 + random.below(acknowledgementsMax);
    let isOver = false;
    await runLoad(uri, ledger, () => isOver, () => {
      acknowledged += 1;
      left -= 1;
      if (left > 0 || isOver) return;
      isOver = true;
      child.kill('SIGKILL');
    });
    await exited;
  }
  return { kills, acknowledged, losses };
}
