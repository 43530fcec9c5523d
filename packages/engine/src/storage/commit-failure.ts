// What a client is told when a commit could not be made durable.
import { CommandError } from '../errors.js';

/** Below this much free space a short write is taken for what it mostly is: LMDB calls it an input/output error. */
const nearlyFull_bytes = 32 * 1024 * 1024;
const outOfSpaceReasons = /ENOSPC|no space left|MDB_MAP_FULL|disk quota|quota exceeded|file too large/iu;

/** `reason`: LMDB's words; `free_bytes`: what the disk of the data folder has left. */
export function commitFailure(reason: string, free_bytes: number): CommandError {
  const isShortWrite = /input\/output error/iu.test(reason);
  if (outOfSpaceReasons.test(reason) || (isShortWrite && free_bytes < nearlyFull_bytes)) {
    return new CommandError('OutOfDiskSpace', 'The disk that holds the data folder is full: free some space. Nothing of this write was kept.');
  }
  return new CommandError('InternalError', "The write could not be made durable, and nothing of it was kept; the engine's log says why.");
}

/** After the disk failed a write that was on its way: whether it is kept shows when the engine is started again. */
export function logFailure(): CommandError {
  return new CommandError('InternalError', "The disk failed, and nothing is written any more: see the engine's log, mend the disk and start the engine again.");
}
