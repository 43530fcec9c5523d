// Starts an engine, lets clients at it, kills it in their midst, starts it again and looks for what is missing; again and again.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { findLosses, Ledger, prepare, runLoad } from './load.js';

const program = fileURLToPath(new URL('../../../packages/engine/dist/main.js', import.meta.url));
const start_ms = 30_000;

export interface KillReport {
  readonly kills: number;
  readonly acknowledged: number;
  readonly losses: readonly string[];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function startEngine(folder: string, port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, '--data-dir', folder, '--port', String(port), '--no-auth'], { stdio: ['ignore', 'ignore', 'pipe'] });
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

/** Kills the engine so many times, each after a different number of acknowledgements. `onRound` hears of each. */
export async function killEngine(folder: string, kills: number, onRound: (report: KillReport) => void = () => undefined): Promise<KillReport> {
  const ledger = new Ledger();
  const losses: string[] = [];
  let acknowledged = 0;
  const port = await freePort();
  const uri = `mongodb://127.0.0.1:${port}/?directConnection=true`;
  for (let kill = 0; kill <= kills; kill += 1) {
    // Each round goes on with what the one before left.
    const child = await startEngine(folder, port);
    const client = new MongoClient(uri);
    await prepare(client);
    losses.push(...(await findLosses(client, ledger)));
    await client.close();
    onRound({ kills: kill, acknowledged, losses });
    const exited = once(child, 'exit');
    if (kill === kills || losses.length > 0) {
      child.kill('SIGINT');
      await exited;
      break;
    }
    let left = 1 + ((kill * 37) % 400);
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
