// A secret that is made once and kept in a file for this user alone.
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { Secret } from '../../domain/secret.js';

export interface SecretFile {
  readonly secret: Secret;
  /** True: it was made just now. */
  readonly isNew: boolean;
}

/**
 * Reads the file, or makes it with a new secret. A process that dies meanwhile leaves no half-written file: the secret is
 * written under another name and then linked, which fails where the file exists; of two that make it at once, one wins.
 */
export function readOrMakeSecretFile(path: string, make: () => Secret): SecretFile {
  const existing = readSecret(path);
  if (existing !== undefined) return { secret: existing, isNew: false };
  const made = make();
  const draft = `${path}.${process.pid}`;
  const descriptor = openSync(draft, 'w', 0o600);
  try {
    writeSync(descriptor, made.reveal());
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    linkSync(draft, path);
    return { secret: made, isNew: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return { secret: readSecret(path)!, isNew: false };
  } finally {
    rmSync(draft, { force: true });
  }
}

function readSecret(path: string): Secret | undefined {
  try {
    return new Secret(readFileSync(path, 'utf8').trim());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
