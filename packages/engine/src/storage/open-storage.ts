// Opens the data folder of an engine: takes it for this process, checks its format, and gives the Storage.
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock, type EngineClock } from '../dispatch/clock.js';
import { checkDataFile } from './data-file.js';
import { syncFolder, takeFolder, type FolderGuard } from './folder-guard.js';
import { checkFormat } from './format.js';
import { LmdbEnvironment, prepareDataFile } from './lmdb-environment.js';
import { Durability } from './log/durability.js';
import type { DurableFiles } from './log/durable-file.js';
import { recover, type Recovery } from './log/recovery.js';
import { LmdbStorage } from './lmdb-storage.js';
import type { OplogLimits } from './oplog.js';

export interface StorageOptions {
  readonly dataDirectory: string;
  readonly clock?: EngineClock;
  readonly onEvent?: (event: string, fields: Readonly<Record<string, unknown>>) => void;
  /** What is kept of the oplog. */
  readonly oplogLimits?: OplogLimits;
  /** How the log reaches the disk; for tests that let it fail. */
  readonly files?: DurableFiles;
}

export const dataFile = 'freehold.mdb';
export const defaultOplogLimits: OplogLimits = { bytes: 128 * 1024 * 1024, minRetentionHours: 0 };

/** Throws an Error that names the remedy where the folder is in use, or its file damaged or of a newer format. */
export async function openStorage(options: StorageOptions): Promise<LmdbStorage> {
  const { dataDirectory, clock = systemClock, onEvent = () => undefined, oplogLimits = defaultOplogLimits } = options;
  const guard = await takeFolder(dataDirectory);
  const file = join(dataDirectory, dataFile);
  const isNew = !existsSync(file);
  let environment: LmdbEnvironment | undefined;
  try {
    const recovery = await bringBack(dataDirectory, file);
    environment = LmdbEnvironment.open(file);
    for (const frame of recovery?.frames ?? []) environment.replay(frame);
    const onFailure = (reason: string): void => onEvent('storage.failed', { reason });
    const durability = new Durability({ environment, folder: dataDirectory, dataFile: file, recovery, onFailure, ...(options.files === undefined ? {} : { files: options.files }) });
    const storage = new LmdbStorage({ environment, durability, guard, clock, onEvent, oplogLimits, dataDirectory });
    await storage.abandonIndexBuilds();
    if (recovery !== undefined) onEvent('storage.recovered', { frames: recovery.frames.length });
    if (isNew) {
      keepPrivate(file);
      syncFolder(dataDirectory);
    }
    onEvent('storage.opened', { file, is_new: isNew });
    return storage;
  } catch (error) {
    await closeAfterFailure(environment, guard);
    throw error;
  }
}

/** The file holds everybody's data and the credentials' keys; the folder may be one that others can read. */
function keepPrivate(file: string): void {
  try {
    for (const path of [file, `${file}-lock`]) chmodSync(path, 0o600);
  } catch {
    // Some network and foreign file systems have no modes: then their mount options say who may read.
  }
}

/** The data file as it was left, in the format of this version, and what the log has behind it. */
async function bringBack(folder: string, file: string): Promise<Recovery | undefined> {
  let recovery: Recovery | undefined;
  try {
    recovery = recover(folder, file);
    checkDataFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the data file ${file} cannot be opened (${reason}): restore it from a backup, or move it away to begin anew`, { cause: error });
  }
  // A file that goes on in a log was prepared before the log began.
  if (recovery === undefined) await prepareDataFile(file, (meta) => checkFormat(meta, file));
  return recovery;
}

async function closeAfterFailure(environment: LmdbEnvironment | undefined, guard: FolderGuard): Promise<void> {
  await environment?.close();
  guard.release();
}
