// A person's apps: registered, deployed, bound to other databases, and removed. Each is a process that writes down the URI that it was given.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from './asker.js';
import type { Person } from './person.js';

/** What was acknowledged of one app. */
export interface KnownApp {
  readonly id: string;
  /** Null: the account's default database. */
  databaseId: string | null;
  readonly file: string;
  isGone: boolean;
  isDeployed: boolean;
}

const mostApps = 2;

/** The URI of the newest deployment. Undefined: there was none. */
export function newestUri({ file }: KnownApp): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').at(-1);
  } catch {
    return undefined;
  }
}

export class Apps {
  readonly all: KnownApp[] = [];
  readonly #movedBy = new Map<string, readonly string[]>();
  #made = 0;

  constructor(readonly person: Person, private readonly folder: string) {}

  get present(): readonly KnownApp[] {
    return this.all.filter(({ isGone }) => !isGone);
  }

  on(databaseId: string): readonly KnownApp[] {
    return this.present.filter((app) => app.databaseId === databaseId);
  }

  noteMove(operationId: string, databaseId: string): void {
    this.#movedBy.set(operationId, this.on(databaseId).map(({ id }) => id));
  }

  movedBy(operationId: string): readonly string[] {
    return this.#movedBy.get(operationId) ?? [];
  }

  /** Apps follow their database; of those only these, where they are given. */
  rebound(from: string, to: string | null, only?: ReadonlySet<string>): void {
    for (const app of this.on(from)) if (only === undefined || only.has(app.id)) app.databaseId = to;
  }

  async create(): Promise<string> {
    const { asker, name } = this.person.options;
    const database = this.person.one('active');
    if (database === undefined || this.present.length >= mostApps) return 'nothing';
    this.#made += 1;
    const appName = `${name} app ${this.#made}`;
    const file = join(this.folder, appName.replaceAll(' ', '-'));
    const spec = { command: ['sh', '-c', `echo "$MONGODB_URI" >> '${file}'; exec sleep 900`], health_check: { stays_up_ms: 0 } };
    const verdict = await asker.ask({ method: 'POST', path: '/api/apps', body: { name: appName, database_id: database.id, spec } });
    if (verdict.status !== 201) return this.person.unexpected('a new app', verdict);
    const app: KnownApp = { id: verdict.body.id, databaseId: database.id, file, isGone: false, isDeployed: false };
    this.all.push(app);
    return this.deploy(app);
  }

  async deploy(app: KnownApp): Promise<string> {
    const verdict = await this.person.options.asker.ask({ method: 'POST', path: `/api/apps/${app.id}/deploy` });
    // The default database may be the other person's, and be moved or deleted.
    if (app.databaseId === null && ['DATABASE_NOT_ACTIVE', 'NO_DATABASE_AVAILABLE'].includes(codeOf(verdict) ?? '')) return 'deploy refused';
    if (verdict.status !== 200) return this.person.unexpected('a deployment', verdict);
    app.isDeployed = true;
    return 'deploy';
  }

  async rebind(): Promise<string> {
    const { asker, random } = this.person.options;
    const database = this.person.one('active');
    if (this.present.length === 0 || database === undefined) return 'nothing';
    const app = random.pick(this.present);
    const verdict = await asker.ask({ method: 'PATCH', path: `/api/apps/${app.id}`, body: { database_id: database.id } });
    if (verdict.status !== 200) return this.person.unexpected('a change of an app', verdict);
    app.databaseId = database.id;
    return this.deploy(app);
  }

  async remove(): Promise<string> {
    const { asker, random } = this.person.options;
    if (this.present.length === 0 || random.next() < 0.7) return 'nothing';
    const app = random.pick(this.present);
    const verdict = await asker.ask({ method: 'DELETE', path: `/api/apps/${app.id}` });
    if (verdict.status !== 204) return this.person.unexpected('the removal of an app', verdict);
    app.isGone = true;
    return 'remove app';
  }
}
