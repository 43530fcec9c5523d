// One process per data folder. The guard is a file with the owner's process id and the time that process began, so that the
// file of a process that was killed does not stand in the way.
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const fileName = 'engine.lock';

/** When a process began, in clock ticks since boot (field 22 of /proc/<pid>/stat); undefined where there is none. */
function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Folders that this process has open: a second engine in one process is as wrong as one in another. */
const openFolders = new Set<string>();

function isHeld(content: string): boolean {
  const [pidText = '', start = ''] = content.trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return false;
  // Without /proc the id is all there is to go by.
  return start === '' || processStart(pid) === undefined || processStart(pid) === start;
}

export interface FolderGuard {
  release(): void;
}

/** Takes the folder, making it if it is missing. Throws an Error that names the other process and what to do. */
export function takeFolder(dataDirectory: string): FolderGuard {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const path = join(dataDirectory, fileName);
  const mine = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(mine, `${process.pid} ${processStart(process.pid) ?? ''}`, { mode: 0o600 });
  try {
    link(mine, path, dataDirectory);
  } finally {
    rmSync(mine, { force: true });
  }
  openFolders.add(dataDirectory);
  return {
    release: () => {
      openFolders.delete(dataDirectory);
      rmSync(path, { force: true });
    },
  };
}

/** A link is made whole or not at all, and not where the name is taken. */
function link(mine: string, path: string, dataDirectory: string): void {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    try {
      linkSync(mine, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const content = readGuard(path);
    if (content === undefined) continue;
    const [pid] = content.split(' ');
    const isMine = Number(pid) === process.pid;
    if (isMine ? openFolders.has(dataDirectory) || isHeld(content) : isHeld(content)) {
      throw new Error(`the data folder ${dataDirectory} is in use by another process (${pid}): stop that one, or choose another folder`);
    }
    rmSync(path, { force: true });
  }
  throw new Error(`the data folder ${dataDirectory} could not be taken: another process keeps taking it`);
}

function readGuard(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
