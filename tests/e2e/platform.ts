// Starts the real platform for a test: the built `freehold up` as a process of its own, on free ports and a folder of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@freehold/api';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'packages/cli/dist/main.js');

export type Client = ReturnType<typeof createClient>;

export interface ReadyMessage {
  readonly url: string;
  readonly engine: string | null;
  readonly operator: string | null;
  readonly operator_password: string | null;
  readonly notices: readonly string[];
}

export interface TestPlatform extends ReadyMessage {
  readonly dataDirectory: string;
  readonly process: ChildProcess;
  /** Everything it has printed so far, both streams. */
  readonly output: () => string;
  /** SIGTERM, and waits for its end; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits for its end. */
  kill(): Promise<void>;
}

export function temporaryFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `freehold-test-${name}-`));
}

export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** The environment of a test's process: nothing of Freehold's from outside. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('FREEHOLD_') && !name.startsWith('VITEST')));
}

export interface PlatformSettings {
  readonly dataDirectory: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly args?: readonly string[];
}

/** Starts `freehold up` and resolves when it says it is ready; rejects with its output where it ends before. */
export async function startPlatform({ dataDirectory, environment = {}, args = [] }: PlatformSettings): Promise<TestPlatform> {
  const child = spawn(process.execPath, [program, '--json', 'up', '--port', '0', '--engine-port', '0', ...args], {
    env: { ...cleanEnvironment(), FREEHOLD_DATA_DIR: dataDirectory, FREEHOLD_RATE_LIMITS: 'off', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ready = await new Promise<ReadyMessage>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const line = output.split('\n').find((candidate) => candidate.includes('"event":"ready"'));
      if (line !== undefined) resolve(JSON.parse(line) as ReadyMessage);
    });
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    void ended.then((code) => reject(new Error(`the platform ended with ${code} before it was ready:\n${output}`)));
  });
  return {
    ...ready,
    dataDirectory,
    process: child,
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM');
      return ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the `freehold` program to its end. */
export async function runFreehold(args: readonly string[], options: { readonly environment?: NodeJS.ProcessEnv; readonly input?: string; readonly cwd?: string } = {}): Promise<RunResult> {
  return runProgram(process.execPath, [program, ...args], options);
}

export async function runProgram(
  command: string, args: readonly string[],
  { environment = {}, input = '', cwd }: { readonly environment?: NodeJS.ProcessEnv; readonly input?: string; readonly cwd?: string } = {},
): Promise<RunResult> {
  const child = spawn(command, args, { env: { ...cleanEnvironment(), ...environment }, stdio: 'pipe', cwd });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject));
  return { code, stdout, stderr };
}

let accounts = 0;

/** A fresh account of the platform and its client. */
export async function signUp(url: string): Promise<{ readonly client: Client; readonly token: string; readonly email: string; readonly password: string; readonly userId: string }> {
  accounts += 1;
  const email = `person-${process.pid}-${accounts}@example.org`;
  const password = `correct horse ${accounts} battery`;
  const { token, user } = await createClient({ baseUrl: url }).authentication.signUp({ email, password, name: `Person ${accounts}` });
  return { client: createClient({ baseUrl: url, token }), token, email, password, userId: user.id };
}
