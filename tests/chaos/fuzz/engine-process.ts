// An engine as a process of its own, with little heap: what leaks there ends it, and what it holds can be read from outside.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../packages/engine/dist/main.js', import.meta.url));
const start_ms = 60_000;
const heapMb = 400;

export interface EngineProcess {
  readonly port: number;
  /** How it ended, and the last of its log; undefined while it runs. */
  ended(): string | undefined;
  /** Lines of its log that tell of an error inside, which no frame should cause. */
  internalErrors(): readonly string[];
  /** Memory of its own, without the pages of the data file; in MiB. Linux only: 0 elsewhere. */
  memoryMb(): number;
  stop(): Promise<void>;
}

function ownMemoryMb(pid: number): number {
  if (process.platform !== 'linux') return 0;
  const found = /^RssAnon:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Math.round(Number(found?.[1] ?? 0) / 1024);
}

/** Starts the built engine on a free port, without authorization. Throws where it does not start within a minute. */
export async function startEngineProcess(folder: string): Promise<EngineProcess> {
  const flags = [`--max-old-space-size=${heapMb}`, program, '--data-dir', folder, '--port', '0', '--no-auth'];
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  let ended: string | undefined;
  const internalErrors: string[] = [];
  child.once('exit', (code, signal) => {
    ended = `ended with ${signal ?? `code ${code}`}: ${log}`;
  });
  const port = await new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the engine did not start: ${log}`)), start_ms);
    child.once('exit', () => reject(new Error(`the engine ended: ${log}`)));
    child.stderr.on('data', (chunk: Buffer) => {
      const text = chunk.toString();
      log = `${log}${text}`.slice(-4000);
      for (const line of text.split('\n')) {
        if (line.includes('"level":50') && internalErrors.length < 100) internalErrors.push(line);
      }
      const started = /"event":"engine\.started".*?"port":(\d+)/u.exec(log);
      if (started === null) return;
      clearTimeout(timer);
      resolve(Number(started[1]));
    });
  });
  return {
    port,
    ended: () => ended,
    internalErrors: () => internalErrors,
    memoryMb: () => (ended === undefined ? ownMemoryMb(child.pid!) : 0),
    stop: async () => {
      if (ended !== undefined) return;
      const exited = once(child, 'exit');
      child.kill('SIGINT');
      await exited;
    },
  };
}
