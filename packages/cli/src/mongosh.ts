// Finds mongosh: the npm package beside this program, else whatever `mongosh` is on the PATH.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The program and its leading arguments; one word where it is looked up on the PATH. */
export function mongoshCommand(): readonly string[] {
  try {
    const manifest = createRequire(import.meta.url).resolve('mongosh/package.json');
    return [process.execPath, join(dirname(manifest), 'bin', 'mongosh.js')];
  } catch {
    return ['mongosh'];
  }
}
