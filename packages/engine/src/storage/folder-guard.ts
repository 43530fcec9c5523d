// One process per data folder. The guard is a file with the owner's process id, the time that process began, and its host; the
// owner touches it every few seconds. So the file of a process that was killed does not stand in the way, and that of one in
// another container, whose process ids mean nothing here, does as long as it is touched.
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, realpathSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const fileName = 'engine.lock';
const maxAttempts = 10;

export interface GuardTimes {
  /** How often the owner touches the file. */
  readonly touch_ms: number;
  /** How long a file of another host must stay untouched before its owner counts as gone. */
  readonly untouched_ms: number;
}

const usualTimes: GuardTimes = { touch_ms: 4000, untouched_ms: 13_000 };

export interface FolderGuard {
  release(): void;
}

interface Owner {
  readonly pid: number;
  /** When the process began, in clock ticks since boot; empty where the system does not tell. */
  readonly start: string;
  readonly host: string;
}

/** Folders that this process has open: a second engine in one process is as wrong as one in another. */
const openFolders = new Set<string>();

/** Takes the folder, making it if it is missing. Throws an Error that names the other process and what to do. */
export async function takeFolder(dataDirectory: string, times: GuardTimes = usualTimes): Promise<FolderGuard> {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const folder = realpathSync(dataDirectory);
  if (openFolders.has(folder)) throw inUse(dataDirectory, { pid: process.pid, start: '', host: hostname() });
  openFolders.add(folder);
  const path = join(folder, fileName);
  try {
    await link(path, dataDirectory, times);
  } catch (error) {
    openFolders.delete(folder);
    throw error;
  }
  const touching = setInterval(() => touch(path), times.touch_ms).unref();
  return {
    release: () => {
      clearInterval(touching);
      if (readGuard(path) === describe(me())) rmSync(path, { force: true });
      openFolders.delete(folder);
    },
  };
}

/** Makes the names of new files in the folder durable. */
export function syncFolder(dataDirectory: string): void {
  const descriptor = openSync(dataDirectory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A link is made whole or not at all, and not where the name is taken. */
async function link(path: string, dataDirectory: string, times: GuardTimes): Promise<void> {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, describe(me()), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      if (tryLink(mine, path)) return;
      const content = readGuard(path);
      if (content === undefined) continue;
      const owner = parse(content);
      // Each attempt looks at what is there by then: waiting side by side makes no sense.
      if (owner !== undefined && (await isHeld(owner, path, times))) throw inUse(dataDirectory, owner);
      if (readGuard(path) === content) rmSync(path, { force: true });
    }
    throw new Error(`the data folder ${dataDirectory} could not be taken: another process keeps taking it`);
  } finally {
    rmSync(mine, { force: true });
  }
}

function tryLink(mine: string, path: string): boolean {
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isHeld(owner: Owner, path: string, times: GuardTimes): Promise<boolean> {
  if (owner.host === hostname()) return isRunning(owner);
  const before = touchedAt(path);
  await wait(times.untouched_ms);
  return touchedAt(path) !== before;
}

function isRunning({ pid, start }: Owner): boolean {
  if (!isAlive(pid)) return false;
  const running = processStart(pid);
  // Without both times the id is all there is to go by.
  return start === '' || running === '' || running === start;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of /proc/<pid>/stat. */
function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function me(): Owner {
  return { pid: process.pid, start: processStart(process.pid), host: hostname() };
}

function describe({ pid, start, host }: Owner): string {
  return `${pid} ${start === '' ? '-' : start} ${host}`;
}

/** Undefined for what is no guard: a file that was cut when its machine went down. */
function parse(content: string): Owner | undefined {
  const match = /^(\d+) (\S+) (\S+)$/u.exec(content);
  if (match === null) return undefined;
  return { pid: Number(match[1]), start: match[2] === '-' ? '' : match[2]!, host: match[3]! };
}

function readGuard(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function touchedAt(path: string): number | undefined {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // The folder may be gone, on its way to a backup for instance; the engine's own writes will tell.
  }
}

function inUse(dataDirectory: string, { pid, host }: Owner): Error {
  const where = host === hostname() ? '' : ` on ${host}`;
  return new Error(`the data folder ${dataDirectory} is in use by process ${pid}${where}: stop that one, or choose another folder`);
}
