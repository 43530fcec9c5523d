// Finds the processes of an earlier run of the platform that was killed and could not stop its apps.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * When a process started, in clock ticks since boot (field 22 of /proc/<pid>/stat, proc(5)): with the process id it names one
 * process for good, since ids are used again. Undefined where there is none, or no /proc.
 */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Remembers the process of an app. */
export function rememberProcess(path: string, pid: number): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, `${pid} ${startTimeOf(pid) ?? ''}`, { mode: 0o600 });
}

export function forgetProcess(path: string): void {
  rmSync(path, { force: true });
}

/** Ends the remembered process and its group, if it is still the same process. */
export function endLeftoverProcess(path: string): void {
  if (!existsSync(path)) return;
  const [pid, startTime] = readFileSync(path, 'utf8').split(' ');
  if (pid !== undefined && startTime !== '' && startTimeOf(Number(pid)) === startTime) signalGroup(Number(pid), 'SIGKILL');
  forgetProcess(path);
}

/** Signals a process and all that it started. False: nothing of it is there any more. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    return false;
  }
}
