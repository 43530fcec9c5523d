// Brings a data folder back to its last acknowledged write: the data file to the state of the last checkpoint, before LMDB opens it, and
// then the frames of the log on top. It is done at every opening of a folder that was not closed, however the process ended.
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newestCheckpoint, type Checkpoint } from './checkpoint-record.js';
import { noIdentity, readIdentity, writeState } from './data-file-state.js';
import { checkpointFile, readLog, segmentPaths, type LogTail } from './segment-files.js';

export interface Recovery extends LogTail {
  readonly checkpoint: Checkpoint;
}

/**
 * Restores the data file's state of the last checkpoint. Undefined: the folder was closed, or never had a log. Throws an Error
 * that says what is wrong where the log and the data file are not of one folder, or the log is damaged.
 */
export function recover(folder: string, dataFile: string): Recovery | undefined {
  if (!existsSync(dataFile)) {
    refuseForeignLog(folder);
    return undefined;
  }
  const descriptor = openSync(dataFile, 'r+');
  try {
    const identity = readIdentity(descriptor);
    if (identity.equals(noIdentity)) {
      refuseForeignLog(folder);
      return undefined;
    }
    const checkpoint = readCheckpoint(folder);
    if (checkpoint?.identity.equals(identity) !== true) {
      throw new Error(`it goes on in ${checkpointFile} and the .log files beside it, and they are missing or belong to another file`);
    }
    const tail = readLog(folder, identity, checkpoint.frame);
    writeState(descriptor, checkpoint.state);
    return { checkpoint, ...tail };
  } finally {
    closeSync(descriptor);
  }
}

function readCheckpoint(folder: string): Checkpoint | undefined {
  const path = join(folder, checkpointFile);
  return existsSync(path) ? newestCheckpoint(readFileSync(path)) : undefined;
}

/** A file that was put in the place of another: what the log holds is lost with it, and that is for people to decide. */
function refuseForeignLog(folder: string): void {
  const [path] = segmentPaths(folder);
  if (path !== undefined) throw new Error(`${path} and the other .log files belong to another data file: move them away to go on without what they hold`);
}
