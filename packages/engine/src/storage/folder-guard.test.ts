import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeFolder } from './folder-guard.js';

let folder: string;
let guardFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-guard-'));
  guardFile = join(folder, 'engine.lock');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const times = { touch_ms: 20, untouched_ms: 150 };

/** The id of a process that is no more. */
async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await new Promise((resolve) => child.on('close', resolve));
  return child.pid!;
}

describe('the guard of a data folder', () => {
  it('refuses the folder to a second engine, under another name too, and says what to do', async () => {
    const guard = await takeFolder(folder);
    const alias = `${folder}-alias`;
    symlinkSync(folder, alias);
    for (const name of [folder, alias]) {
      await expect(takeFolder(name)).rejects.toThrow(`the data folder ${name} is in use by process ${process.pid}: stop that one, or choose another folder`);
    }
    rmSync(alias);
    guard.release();
    expect(existsSync(guardFile)).toBe(false);
    (await takeFolder(folder)).release();
  });

  it('refuses the folder of a running process, by its id and the time it began', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
    writeFileSync(guardFile, `${child.pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]} ${hostname()}`);
    try {
      await expect(takeFolder(folder)).rejects.toThrow(`in use by process ${child.pid}:`);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it.each<[string, () => Promise<string>]>([
    ['a process that is no more', async () => `${await deadProcess()} 123 ${hostname()}`],
    ['an earlier process of the same id', async () => `${process.ppid} 1 ${hostname()}`],
    ['an earlier process of this very id', async () => `${process.pid} 1 ${hostname()}`],
    ['nobody: it was cut', async () => '12'],
    ['nobody: it is empty', async () => ''],
    ['a host that does not touch it any more', async () => '1 1 gone.example'],
  ])('takes the folder over from %s', async (_who, content) => {
    writeFileSync(guardFile, await content());
    const guard = await takeFolder(folder, times);
    expect(readFileSync(guardFile, 'utf8').split(' ')[0]).toBe(String(process.pid));
    guard.release();
  });

  it('refuses the folder of another host that touches it', async () => {
    writeFileSync(guardFile, '1 1 other.example');
    let age = 1000;
    const touching = setInterval(() => utimesSync(guardFile, (age += 1), age), times.touch_ms);
    try {
      await expect(takeFolder(folder, times)).rejects.toThrow('in use by process 1 on other.example:');
    } finally {
      clearInterval(touching);
    }
  });

  it('does not remove the guard of whoever took the folder over', async () => {
    const guard = await takeFolder(folder);
    writeFileSync(guardFile, '1 1 other.example');
    guard.release();
    expect(readFileSync(guardFile, 'utf8')).toBe('1 1 other.example');
  });
});
