// Starts the servers that are measured, each as a process of its own, and waits until they answer.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the engine's program logs when it can be connected to. */
export const engineReady = /"event":"engine\.started"/u;

export interface Started {
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

export function temporaryFolder(name: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `freehold-bench-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Linux counts processor time in hundredths of a second. */
const clockTick_us = 10_000;

/** Processor time that the process has used so far, all its threads together. */
export function processorTime_us(processId: number): number {
  const text = readFileSync(`/proc/${processId}/stat`, 'utf8');
  // Behind the name, which may hold anything: the fields from the third on; the 14th and 15th are what it used, itself and in the kernel.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * clockTick_us;
}

/** Starts a program and waits for a line of its output that matches. */
export async function start(command: string, args: readonly string[], environment: NodeJS.ProcessEnv, ready: RegExp): Promise<Started & { readonly readyLine: string }> {
  const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const readyLine = await new Promise<string>((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      output += chunk.toString();
      const line = output.split('\n').find((candidate) => ready.test(candidate));
      if (line !== undefined) resolve(line);
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${command} ${args.join(' ')} ended with ${code} before it was ready:\n${output}`)));
  });
  return {
    process: child,
    readyLine,
    stop: async () => {
      if (child.exitCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}
