// Whether a folder can be written to, and whether its disk has room left.
import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { NotReady } from '../../ports/readiness.js';

/** Rejects with NotReady where the folder cannot be written to, or its disk has less than so many bytes left. */
export async function checkDiskRoom(folder: string, leastBytes: number): Promise<void> {
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new NotReady('cannot be written to', { cause: error });
  }
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < leastBytes) throw new NotReady('has no room left on its disk');
}
