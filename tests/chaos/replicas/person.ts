// One person at work on databases of their own: each step is chosen at random, carried through to its verdict, and written down.
// Two of them share an account, and with it a quota in total and a default database.
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { type Asker, codeOf, pause, type Verdict } from './asker.js';
import { Apps } from './apps.js';
import { moveDatabase } from './mover.js';
import type { Random } from './random.js';
import { Numbers } from './writer.js';

/** What was acknowledged of one database. */
export interface KnownDatabase {
  readonly id: string;
  readonly name: string;
  uri: string;
  mongoUsername: string;
  readonly mongoDatabase: string;
  state: 'active' | 'deleting' | 'purged';
  quotaMb: number | null;
  /** Acknowledged rotations. */
  rotations: number;
  /** Written through its URI after it was made, and to be there until it is purged. */
  sentinel: number;
  /** Written while it, or what was moved into it, was moved. */
  numbers: Numbers;
}

interface ToldError {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface PersonOptions {
  readonly userId: string;
  readonly name: string;
  readonly asker: Asker;
  readonly random: Random;
  /** The control database, to let time pass for a deleted database. */
  readonly control: Db;
  /** Where apps write down the URI that they are given. */
  readonly folder: string;
  readonly onViolation: (violation: string) => void;
}

const mostDatabases = 4;
const agedBy_ms = 8 * 86_400_000;

export class Person {
  readonly databases: KnownDatabase[] = [];
  readonly done = new Map<string, number>();
  readonly apps: Apps;
  #made = 0;
  #numbered = 0;

  constructor(readonly options: PersonOptions) {
    this.apps = new Apps(this, options.folder);
  }

  readonly nextNumber = (): number => {
    this.#numbered += 1;
    return this.#numbered;
  };

  /** Works until told to stop; each step that was begun is carried to its end. */
  async work(isOver: () => boolean): Promise<void> {
    const steps: readonly (() => Promise<string>)[] = [
      () => this.#create(), () => this.#create(), () => this.#rotate(), () => this.#delete(), () => this.#restore(), () => this.#setQuota(),
      () => this.#bulk(), () => this.#list(), () => this.#connection(), () => this.#age(),
      () => moveDatabase(this), () => moveDatabase(this), () => this.apps.create(), () => this.apps.rebind(), () => this.apps.remove(),
    ];
    while (!isOver()) {
      const outcome = await this.options.random.pick(steps)();
      this.done.set(outcome, (this.done.get(outcome) ?? 0) + 1);
    }
  }

  known(state: KnownDatabase['state']): readonly KnownDatabase[] {
    return this.databases.filter((database) => database.state === state);
  }

  one(state: KnownDatabase['state']): KnownDatabase | undefined {
    const candidates = this.known(state);
    return candidates.length === 0 ? undefined : this.options.random.pick(candidates);
  }

  unexpected(what: string, verdict: Verdict): string {
    this.options.onViolation(`${this.options.name}: ${what} was answered ${verdict.status} ${JSON.stringify(verdict.body)}`);
    return 'unexpected';
  }

  async #create(): Promise<string> {
    const { asker, random, name: person } = this.options;
    if (this.known('active').length >= mostDatabases) return 'nothing';
    this.#made += 1;
    const name = `${person} ${this.#made}`;
    const quotaMb = random.next() < 0.2 ? null : 1 + random.below(30);
    const verdict = await asker.ask({ method: 'POST', path: '/api/databases', body: { name, ...(quotaMb === null ? {} : { quota_mb: quotaMb }) } });
    if (codeOf(verdict) === 'QUOTA_EXCEEDED') return 'create refused';
    if (verdict.status !== 201) return this.unexpected('create', verdict);
    const { id, connection_uri: uri, mongo_username: mongoUsername, mongo_database: mongoDatabase } = verdict.body;
    const database: KnownDatabase = { id, name, uri, mongoUsername, mongoDatabase, state: 'active', quotaMb, rotations: 0, sentinel: random.below(2 ** 31), numbers: new Numbers() };
    this.databases.push(database);
    await this.#writeSentinel(database);
    return 'create';
  }

  /** Through the URI that was just given; the engine may be away, a refusal may not be. */
  async #writeSentinel(database: KnownDatabase): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const client = new MongoClient(database.uri, { serverSelectionTimeoutMS: 5000 });
      try {
        await client.db().collection<{ _id: string; n: number }>('sentinel').updateOne({ _id: 'sentinel' }, { $set: { n: database.sentinel } }, { upsert: true });
        return;
      } catch (error) {
        const refused = (error as { code?: unknown }).code === 18 || (error as { code?: unknown }).code === 13;
        if (refused || attempt === 30) {
          this.options.onViolation(`the URI of ${database.id} was handed out and does not open it: ${String(error)}`);
          return;
        }
        await pause(200);
      } finally {
        await client.close();
      }
    }
  }

  async #rotate(): Promise<string> {
    const database = this.one('active');
    if (database === undefined) return 'nothing';
    const { asker, random } = this.options;
    const body = random.next() < 0.3 ? { mode: 'immediate' } : { grace_seconds: random.pick([0, 2, 3600]) };
    const verdict = await asker.ask({ method: 'POST', path: `/api/databases/${database.id}/rotate-credentials`, body });
    if (verdict.status !== 200) return this.unexpected('rotate', verdict);
    if (verdict.body.connection_uri === database.uri) this.options.onViolation(`a rotation of ${database.id} answered the URI from before`);
    this.#rotated(database, verdict.body.connection_uri);
    return 'rotate';
  }

  #rotated(database: KnownDatabase, uri: string): void {
    database.uri = uri;
    database.mongoUsername = decodeURIComponent(new URL(uri).username);
    database.rotations += 1;
  }

  async #delete(): Promise<string> {
    const database = this.one('active');
    if (database === undefined) return 'nothing';
    const { asker } = this.options;
    const path = `/api/databases/${database.id}`;
    const request = await asker.ask({ method: 'DELETE', path });
    if (request.status !== 202) return this.unexpected('a request for deletion', request);
    const other = this.known('active').find(({ id }) => id !== database.id);
    const target = other === undefined ? '' : `&new_default_database_id=${other.id}`;
    const onApps = other === undefined ? '&on_apps=detach' : `&on_apps=move&target_database_id=${other.id}`;
    const verdict = await asker.ask({ method: 'DELETE', path: `${path}?confirm_token=${encodeURIComponent(request.body.confirm_token)}${target}${onApps}` });
    // The account's other person may have made or deleted something in between.
    if (['DEFAULT_DATABASE_REQUIRED', 'CONFIRM_TOKEN_INVALID'].includes(codeOf(verdict) ?? '')) return 'delete refused';
    if (verdict.status !== 200) return this.unexpected('delete', verdict);
    this.#deleted(database, other?.id ?? null);
    return 'delete';
  }

  /** Its apps use the other one, or the account's default. */
  #deleted(database: KnownDatabase, otherId: string | null): void {
    database.state = 'deleting';
    this.apps.rebound(database.id, otherId);
  }

  async #restore(): Promise<string> {
    const database = this.one('deleting');
    if (database === undefined) return 'nothing';
    const verdict = await this.options.asker.ask({ method: 'POST', path: `/api/databases/${database.id}/restore` });
    if (codeOf(verdict) === 'QUOTA_EXCEEDED') return 'restore refused';
    if (verdict.status !== 200) return this.unexpected('restore', verdict);
    database.state = 'active';
    return 'restore';
  }

  async #setQuota(): Promise<string> {
    const database = this.one('active');
    if (database === undefined) return 'nothing';
    const quotaMb = 1 + this.options.random.below(60);
    const verdict = await this.options.asker.ask({ method: 'PATCH', path: `/api/databases/${database.id}`, body: { quota_mb: quotaMb } });
    if (codeOf(verdict) === 'QUOTA_EXCEEDED') return 'quota refused';
    if (verdict.status !== 200) return this.unexpected('a change of quota', verdict);
    database.quotaMb = quotaMb;
    return 'quota';
  }

  async #bulk(): Promise<string> {
    const { random, asker } = this.options;
    const action = random.pick(['rotate_credentials', 'restore', 'set_quota', 'delete'] as const);
    const [kept, ...others] = this.known(action === 'restore' ? 'deleting' : 'active');
    // Of what is deleted one is kept: apps go there.
    const among = action === 'delete' || kept === undefined ? others : [kept, ...others];
    if (among.length === 0) return 'nothing';
    const quotaMb = 1 + random.below(20);
    const deletion = { confirm: true, on_apps: 'move', target_database_id: kept?.id, new_default_database_id: kept?.id };
    const params = action === 'set_quota' ? { quota_mb: quotaMb } : action === 'delete' ? deletion : {};
    const verdict = await asker.ask({ method: 'POST', path: '/api/databases/bulk', body: { action, database_ids: among.map(({ id }) => id), params } });
    if (verdict.status !== 200) return this.unexpected('bulk', verdict);
    for (const { database_id: id, status, error } of verdict.body.results) {
      const database = among.find((candidate) => candidate.id === id)!;
      const isDone = status === 'succeeded' || (await this.endedWell(error));
      if (!isDone) continue;
      if (action === 'set_quota') database.quotaMb = quotaMb;
      else if (action === 'restore') database.state = 'active';
      else if (action === 'delete') this.#deleted(database, kept?.id ?? null);
      else this.#rotated(database, (await this.#currentUri(database)) ?? database.uri);
    }
    return `bulk ${action}`;
  }

  /** An item that waits for a cluster, or for the transaction of a process that was killed, names its operation, which goes on by itself. */
  async endedWell(error: ToldError | undefined): Promise<boolean> {
    const operationId = error?.details['operation_id'];
    if (error?.code === 'QUOTA_EXCEEDED') return false;
    if (error === undefined || typeof operationId !== 'string' || !['CLUSTER_UNAVAILABLE', 'SERVICE_UNAVAILABLE'].includes(error.code)) {
      if (!['CLUSTER_UNAVAILABLE', 'SERVICE_UNAVAILABLE', 'OPERATION_IN_PROGRESS'].includes(error?.code ?? '')) this.options.onViolation(`an item of a bulk call failed: ${JSON.stringify(error)}`);
      return false;
    }
    for (;;) {
      const { body } = await this.options.asker.ask({ method: 'GET', path: `/api/operations/${operationId}` });
      if (body?.state === 'succeeded') return true;
      if (body?.state === 'failed' || body?.error !== undefined) return false;
      await pause(500);
    }
  }

  async #currentUri(database: KnownDatabase): Promise<string | undefined> {
    const verdict = await this.options.asker.ask({ method: 'GET', path: `/api/databases/${database.id}/connection` });
    if (verdict.status === 200) return verdict.body.connection_uri;
    this.unexpected('a look at the connection', verdict);
    return undefined;
  }

  async #connection(): Promise<string> {
    const database = this.one('active');
    if (database === undefined) return 'nothing';
    const uri = await this.#currentUri(database);
    if (uri !== undefined && uri !== database.uri) this.options.onViolation(`${database.id} has another URI than was acknowledged last`);
    return 'connection';
  }

  async #list(): Promise<string> {
    const verdict = await this.options.asker.ask({ method: 'GET', path: '/api/databases?limit=100' });
    if (verdict.status !== 200) return this.unexpected('list', verdict);
    const statuses = new Map<string, string>(verdict.body.items.map((item: { id: string; status: string }) => [item.id, item.status]));
    for (const { id, state } of this.databases) {
      if (state !== 'purged' && statuses.get(id) !== state) this.options.onViolation(`${id} is listed as ${statuses.get(id) ?? 'absent'} and was acknowledged as ${state}`);
    }
    return 'list';
  }

  /** Lets eight days pass for a deleted database: its purge is due. */
  async #age(): Promise<string> {
    const database = this.one('deleting');
    if (database === undefined || this.options.random.next() < 0.5) return 'nothing';
    // From here on nobody restores it, whatever becomes of the two writes; they are repeated until the engine took them.
    database.state = 'purged';
    for (let attempt = 1; attempt <= 100; attempt += 1) {
      try {
        const { control } = this.options;
        await control.collection('users').updateOne({ 'databases.id': database.id }, { $set: { 'databases.$.deleted_at': new Date(Date.now() - agedBy_ms) } });
        await control.collection('schedule').updateOne({ kind: 'database.purge', database_id: database.id }, { $set: { run_at: new Date(Date.now() - 1) } });
        return 'age';
      } catch {
        await pause(200);
      }
    }
    this.options.onViolation(`the control database took no write for ${database.id}`);
    return 'unexpected';
  }
}
