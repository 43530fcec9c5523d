// The session of this browser: kept over reloads, shared by tabs, gone when the platform does not accept it any more.

export interface Session {
  readonly token: string;
  readonly email: string;
}

const storageKey = 'freehold.session';

function read(): Session | undefined {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(storageKey) ?? 'null');
    if (typeof value !== 'object' || value === null) return undefined;
    const { token, email } = value as Partial<Session>;
    return typeof token === 'string' && typeof email === 'string' ? { token, email } : undefined;
  } catch {
    // Storage that is switched off, or holds something else: not signed in.
    return undefined;
  }
}

let current = read();
const listeners = new Set<() => void>();

function change(session: Session | undefined): void {
  current = session;
  for (const listener of listeners) listener();
}

window.addEventListener('storage', (event) => {
  if (event.key === storageKey) change(read());
});

export const sessionStore = {
  current: (): Session | undefined => current,
  start: (session: Session): void => {
    localStorage.setItem(storageKey, JSON.stringify(session));
    change(session);
  },
  end: (): void => {
    localStorage.removeItem(storageKey);
    change(undefined);
  },
  /** Calls the listener at every change; returns how to stop that. */
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
