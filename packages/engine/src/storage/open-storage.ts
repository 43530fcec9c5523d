// Opens the data folder of an engine: takes it for this process, checks its format, and gives the Storage.
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock, type EngineClock } from '../dispatch/clock.js';
import { checkDataFile } from './data-file.js';
import { syncFolder, takeFolder, type FolderGuard } from './folder-guard.js';
import { checkFormat } from './format.js';
import { LmdbEnvironment } from './lmdb-environment.js';
import { LmdbStorage } from './lmdb-storage.js';
import type { OplogLimits } from './oplog.js';

export interface StorageOptions {
  readonly dataDirectory: string;
  readonly clock?: EngineClock;
  readonly onEvent?: (event: string, fields: Readonly<Record<string, unknown>>) => void;
  /** What is kept of the oplog. */
  readonly oplogLimits?: OplogLimits;
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
    environment = openEnvironment(file);
    checkFormat(environment, file);
    const storage = new LmdbStorage({ environment, guard, clock, onEvent, oplogLimits, dataDirectory });
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

function openEnvironment(file: string): LmdbEnvironment {
  try {
    checkDataFile(file);
    return LmdbEnvironment.open(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the data file ${file} cannot be opened (${reason}): restore it from a backup, or move it away to begin anew`, { cause: error });
  }
}

async function closeAfterFailure(environment: LmdbEnvironment | undefined, guard: FolderGuard): Promise<void> {
  await environment?.close();
  guard.release();
}
