// Where the program remembers which platform it is signed in to: a file in the user's configuration folder, mode 0600.
import Conf from 'conf';

interface StoredValues {
  readonly url?: string;
  readonly email?: string;
  readonly token?: string;
}

export interface StoredSession {
  read(): StoredValues;
  write(values: Required<StoredValues>): void;
  clear(): void;
}

/** `FREEHOLD_CONFIG_HOME` names another folder; tests and several accounts on one machine need it. */
export function openStoredSession(environment: NodeJS.ProcessEnv): StoredSession {
  const folder = environment['FREEHOLD_CONFIG_HOME'];
  const store = new Conf<StoredValues>({
    projectName: 'freehold', projectSuffix: '', configName: 'session', configFileMode: 0o600, clearInvalidConfig: true,
    ...(folder === undefined || folder === '' ? {} : { cwd: folder }),
  });
  return {
    read: () => store.store,
    write: (values) => {
      store.store = values;
    },
    clear: () => store.clear(),
  };
}
