// How long the platform takes from its command to ready, first start and second, against Node starting a bare Fastify server.
import { measure, type Measurement } from '../measure.js';
import { root, start, temporaryFolder } from '../processes.js';
import type { Result } from '../report.js';

const load = { callers: 1, duration_ms: 30_000, maxOperations: 5 };

async function startAndStop(command: readonly string[], environment: NodeJS.ProcessEnv, ready: RegExp): Promise<number> {
  const from = performance.now();
  const started = await start(process.execPath, command, environment, ready);
  const elapsed_ms = performance.now() - from;
  await started.stop();
  return elapsed_ms;
}

/** Stopping is not part of what is measured: the times are taken apart from `measure`'s own. */
async function timesOf(run: () => Promise<number>): Promise<Measurement> {
  const times: number[] = [];
  await measure(load, async () => times.push(await run()));
  times.sort((a, b) => a - b);
  const at = (fraction: number): number => times[Math.min(times.length - 1, Math.floor(times.length * fraction))]!;
  const mean_ms = times.reduce((sum, time) => sum + time, 0) / times.length;
  return { operations: times.length, perSecond: 1000 / mean_ms, p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99) };
}

export async function startup(): Promise<Result[]> {
  const up = [`${root}/packages/cli/dist/main.js`, '--json', 'up', '--port', '0', '--engine-port', '0'];
  const ready = /"event":"ready"/u;
  const bare = await timesOf(() => startAndStop(['--eval', "require('fastify')().listen({port: 0}).then((a) => console.log('listening', a))"], {}, /listening/u));
  const first = await timesOf(async () => {
    const folder = temporaryFolder('first-start');
    try {
      return await startAndStop(up, { FREEHOLD_DATA_DIR: folder.path }, ready);
    } finally {
      folder.remove();
    }
  });
  const folder = temporaryFolder('second-start');
  await startAndStop(up, { FREEHOLD_DATA_DIR: folder.path }, ready);
  const second = await timesOf(() => startAndStop(up, { FREEHOLD_DATA_DIR: folder.path }, ready));
  folder.remove();
  const peerName = 'bare Fastify start';
  return [
    { scenario: 'first start to ready', callers: 1, peerName, ours: first, peer: bare, goal: { p95_ms: 2000 } },
    { scenario: 'second start to ready', callers: 1, peerName, ours: second, peer: bare, goal: { p95_ms: 2000 } },
  ];
}
