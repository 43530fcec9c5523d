// Where the program remembers which platform it is signed in to: a file in the user's configuration folder, mode 0600.
// Written by hand because the usual library (conf) takes over SIGTERM, and `freehold up` must stop in its own time.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const storedSchema = z.object({ url: z.string(), email: z.string(), token: z.string() });

export type StoredValues = z.infer<typeof storedSchema>;

export interface StoredSession {
  /** Empty where nobody is signed in, or the file cannot be read. */
  read(): Partial<StoredValues>;
  write(values: StoredValues): void;
  clear(): void;
}

/** `FREEHOLD_CONFIG_HOME`, else `$XDG_CONFIG_HOME/freehold`, else `~/.config/freehold` (XDG Base Directory Specification). */
function configurationFolder(environment: NodeJS.ProcessEnv): string {
  const own = environment['FREEHOLD_CONFIG_HOME'];
  if (own !== undefined && own !== '') return own;
  const shared = environment['XDG_CONFIG_HOME'];
  return join(shared !== undefined && shared !== '' ? shared : join(homedir(), '.config'), 'freehold');
}

export function openStoredSession(environment: NodeJS.ProcessEnv): StoredSession {
  const folder = configurationFolder(environment);
  const path = join(folder, 'session.json');
  return {
    read: () => {
      try {
        return storedSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
      } catch {
        return {};
      }
    },
    write: (values) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      // Renamed into place: a program that is stopped meanwhile leaves the old file whole.
      const draft = `${path}.${process.pid}`;
      writeFileSync(draft, JSON.stringify(values), { mode: 0o600 });
      renameSync(draft, path);
    },
    clear: () => rmSync(path, { force: true }),
  };
}
