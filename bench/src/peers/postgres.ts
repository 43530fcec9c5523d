// PostgreSQL 15 with jsonb, durable as it comes: the engine's peer.
import { execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import pg from 'pg';
import { freePort, start, temporaryFolder } from '../processes.js';

const binaries = '/usr/lib/postgresql/15/bin';

export interface Postgres {
  readonly pool: (connections: number) => pg.Pool;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root: then it runs as Debian's `postgres`. */
function asPostgres(program: string, args: readonly string[]): readonly [string, readonly string[]] {
  const path = `${binaries}/${program}`;
  return process.getuid?.() === 0 ? ['runuser', ['-u', 'postgres', '--', path, ...args]] : [path, args];
}

export async function startPostgres(): Promise<Postgres> {
  const folder = temporaryFolder('postgres');
  if (process.getuid?.() === 0) {
    const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
    chownSync(folder.path, id('-u'), id('-g'));
  }
  const [initdb, initArguments] = asPostgres('initdb', ['--pgdata', folder.path, '--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8']);
  execFileSync(initdb, initArguments, { stdio: 'ignore' });
  const port = await freePort();
  const [server, serverArguments] = asPostgres('postgres', ['-D', folder.path, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=300']);
  const started = await start(server, serverArguments, {}, /ready to accept connections/u);
  const pools: pg.Pool[] = [];
  return {
    pool: (connections) => {
      const pool = new pg.Pool({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', max: connections });
      pools.push(pool);
      return pool;
    },
    stop: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      await started.stop();
      folder.remove();
    },
  };
}
