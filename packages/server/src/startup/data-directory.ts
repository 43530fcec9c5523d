// The folder of everything that Freehold keeps on this machine.
import { accessSync, constants, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { StartupError } from '../config/startup-error.js';

/** Makes the folder where it is missing, for this user alone, and returns its absolute path. Throws StartupError. */
export function prepareDataDirectory(path: string): string {
  const absolute = resolve(path);
  try {
    mkdirSync(absolute, { recursive: true, mode: 0o700 });
    accessSync(absolute, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartupError(
      'DATA_DIRECTORY_UNUSABLE', `The data folder ${absolute} cannot be used (${code ?? 'unknown error'}).`,
      'Give this user the right to write there, free some space, or name another folder with FREEHOLD_DATA_DIR.', { cause: error },
    );
  }
  return absolute;
}
