// A Redis of a test's own, on a free port, that can be killed and started again.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.fixture.js';

export interface TestRedis {
  readonly url: string;
  /** SIGKILL: whatever it held is gone. */
  kill(): Promise<void>;
  /** Again on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Where there is no Redis, its tests are skipped; in CI it has to be there. */
export const isRedisMissing = spawnSync('redis-server', ['--version']).error !== undefined && (process.env['CI'] ?? '') === '';

async function start(port: number, directory: string): Promise<ChildProcess> {
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ready to accept connections')) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`redis-server ended before it was ready:\n${output}`)));
  });
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

export async function startTestRedis(): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'freehold-redis-'));
  const port = await freePort();
  let child = await start(port, directory);
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: () => kill(child),
    restart: async () => {
      await kill(child);
      child = await start(port, directory);
    },
    stop: async () => {
      await kill(child);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
