// Starts a process of its own that begins something, and kills itself in the middle of it (killed-replica.fixture.ts).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ControlPlane } from './control-plane.fixture.js';

const program = fileURLToPath(new URL('killed-replica.fixture.ts', import.meta.url));
const tsconfig = fileURLToPath(new URL('../../../../tsconfig.tests.json', import.meta.url));

/** Resolves with how it ended: `SIGKILL` where it came to the crash point, 0 where it came to its end. */
export async function actAndDie(plane: ControlPlane, userId: string, crashPoint: string, ...more: readonly string[]): Promise<unknown> {
  const child = spawn(process.execPath, ['--import', 'tsx', program, plane.testCluster.uri, plane.connection.db.databaseName, userId, crashPoint, ...more], {
    stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, TSX_TSCONFIG_PATH: tsconfig },
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return code ?? signal;
}

/** How long the server keeps the transaction of a process that died, which holds what it wrote; 60 s by itself, and longer than anybody here waits. */
export async function giveUpTheDeadAfter({ connection }: ControlPlane, seconds: number): Promise<void> {
  await connection.client.db('admin').command({ setParameter: 1, transactionLifetimeLimitSeconds: seconds });
}
