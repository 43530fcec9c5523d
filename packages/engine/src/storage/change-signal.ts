// Wakes those who wait for changes, after the commit that made them; who waits for other namespaces sleeps on.
import type { OplogChange } from './key-value.js';

/** What somebody waits for: changes of one collection, of a database, or of all. */
export interface ChangeScope {
  readonly database: string | undefined;
  readonly collection: string | undefined;
}

type Wake = () => void;

/** The namespaces that a commit changed. */
export interface NotedChanges {
  readonly namespaces: ReadonlySet<string>;
  /** Drops and renames are among them. */
  readonly concernEverybody: boolean;
}

const nothingNoted: NotedChanges = { namespaces: new Set(), concernEverybody: false };

function scopeKey(database: string | undefined, collection: string | undefined): string {
  if (database === undefined) return '';
  return collection === undefined ? database : `${database}.${collection}`;
}

export class ChangeSignal {
  private readonly waiting = new Map<string, Set<Wake>>();
  /** Namespaces of changes whose commit is not durable yet. Whoever begins to wait before it is must hear of them too. */
  private noted = new Set<string>();
  private latest = '';
  private isEverybody = false;

  /** Calls `wake` after the next commit that changes something in the scope; the result ends that. */
  subscribe({ database, collection }: ChangeScope, wake: Wake): () => void {
    const key = scopeKey(database, collection);
    const wakes = this.waiting.get(key) ?? new Set();
    this.waiting.set(key, wakes.add(wake));
    return () => {
      wakes.delete(wake);
      if (wakes.size === 0 && this.waiting.get(key) === wakes) this.waiting.delete(key);
    };
  }

  /** Within a commit. */
  note({ op, namespace }: OplogChange): void {
    // Most changes follow another one of the same collection.
    if (namespace !== this.latest) this.noted.add((this.latest = namespace));
    // Drops and renames concern the streams of collections that the entry's namespace does not name.
    if (op === 'c') this.isEverybody = true;
  }

  /** What was noted so far; the next commit notes its own. */
  take(): NotedChanges {
    if (this.noted.size === 0) return nothingNoted;
    const taken: NotedChanges = { namespaces: this.noted, concernEverybody: this.isEverybody };
    this.noted = new Set();
    this.latest = '';
    this.isEverybody = false;
    return taken;
  }

  /** Their commit is durable. */
  fire(noted: NotedChanges): void {
    if (noted.namespaces.size === 0 || this.waiting.size === 0) return;
    for (const wake of this.concerned(noted)) wake();
  }

  /** The commit failed. */
  forget(): void {
    this.noted.clear();
    this.latest = '';
    this.isEverybody = false;
  }

  private concerned({ namespaces, concernEverybody }: NotedChanges): ReadonlySet<Wake> {
    const wakes = new Set<Wake>(this.waiting.get(''));
    const keys = concernEverybody ? this.waiting.keys() : [...namespaces].flatMap((namespace) => [namespace, namespace.slice(0, namespace.indexOf('.'))]);
    for (const key of keys) for (const wake of this.waiting.get(key) ?? []) wakes.add(wake);
    return wakes;
  }
}
