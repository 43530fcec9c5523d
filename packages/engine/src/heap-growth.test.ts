// The engine's own memory, without the pages of the mapped data file, while many collections are made and read.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RawClient } from './wire/raw-client.fixture.js';

const program = fileURLToPath(new URL('main.ts', import.meta.url));
const databases = 12_000;
const callers = 32;
const boundBytes = 300 * 1024 * 1024;
/** The process's own memory is told by Linux alone. */
const isTold = existsSync('/proc/self/status');

let folder: string;
let engine: ChildProcess;
let sockets: Socket[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-memory-'));
  sockets = [];
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  const ended = new Promise((resolve) => engine.once('exit', resolve));
  engine.kill('SIGKILL');
  await ended;
  rmSync(folder, { recursive: true });
});

async function start(): Promise<number> {
  engine = spawn(process.execPath, ['--import', 'tsx', program, '--data-dir', folder, '--port', '0', '--no-auth'], { stdio: ['ignore', 'ignore', 'pipe'] });
  for await (const line of createInterface({ input: engine.stderr! })) {
    const event = JSON.parse(line) as { readonly event: string; readonly port?: number };
    if (event.event === 'engine.started') return event.port!;
  }
  throw new Error('the engine ended before it had started');
}

function ownMemoryBytes(): number {
  const [, kibibytes] = /^RssAnon:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${engine.pid!}/status`, 'utf8'))!;
  return Number(kibibytes) * 1024;
}

it.runIf(isTold)('stays below 300 MB while tens of thousands of collections are made and read', { timeout: 240_000 }, async () => {
  const port = await start();
  let most = 0;
  const everywhere = async (command: (database: string, collection: string) => object): Promise<void> => {
    let next = 0;
    const caller = async (): Promise<void> => {
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      const client = new RawClient(socket);
      while (next < databases) {
        const database = `tenant_${(next += 1)}`;
        // One after the other: a caller waits for its answer.
        for (const collection of ['orders', 'events']) expect((await client.ask({ ...command(database, collection), $db: database }))?.document['ok']).toBe(1);
        if (next % 100 === 0) most = Math.max(most, ownMemoryBytes());
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
  };
  await everywhere((_, collection) => ({ insert: collection, documents: [{ _id: 1, total: 1 }] }));
  await everywhere((_, collection) => ({ find: collection, filter: { _id: 1 } }));
  expect(most).toBeLessThan(boundBytes);
});
