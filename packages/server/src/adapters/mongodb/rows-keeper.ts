// What one process remembers of owners of many databases: that they have rows, so that a list asks those first and never reads the
// owner's document, which is large. No more than a guess: who is remembered and has no rows is listed from the document. Also makes
// rows, behind the answer, where a list has found an owner without any, and looks now and then whether they still fit the document.
import type { Document } from 'mongodb';
import { everyRow, largestOwnerWithoutRows } from '../../domain/database-rows.js';
import { controlCollections } from './control-collections.js';
import { parseTotals, rowsMark, totalsCollection } from './databases-rows.js';
import { settleRows } from './databases-settle.js';
import { storedDefault } from './legacy-read-through.js';
import { SearchedTexts } from './searched-texts.js';
import { userKey, type StoreSession, type UserKey } from './store-session.js';

const rememberedOwners = 10_000;
/** How long rows that are in use go unlooked at. */
const comparedEvery_ms = 30_000;
/** How long after an attempt the next is made. */
const attemptedEvery_ms = 5_000;

export class RowsKeeper {
  readonly texts = new SearchedTexts();
  readonly #at: StoreSession;
  /** When the rows of each were last compared, the ones that were used longest ago first. */
  readonly #remembered = new Map<string, number>();
  readonly #attempts = new Map<string, number>();
  #work: Promise<void> | undefined;
  #isClosed = false;

  constructor(at: StoreSession) {
    this.#at = at;
  }

  /** Whether the owner had rows when they were last seen. */
  hasRows(userId: string): boolean {
    return this.#remembered.has(userId);
  }

  /** The owner's document says that they have rows. */
  remember(userId: string): void {
    if (!this.#remembered.has(userId)) this.#keep(userId, performance.now());
  }

  forget(userId: string): void {
    this.#remembered.delete(userId);
  }

  /** An answer came from the owner's rows. */
  wereUsed(userId: string): void {
    const comparedAt = this.#remembered.get(userId) ?? 0;
    const isDue = performance.now() - comparedAt > comparedEvery_ms;
    this.#keep(userId, isDue ? performance.now() : comparedAt);
    if (isDue) this.#behind(() => this.#compare(userId));
  }

  /** An owner of many was listed from their document. */
  areWanted(userId: string): void {
    if (performance.now() - (this.#attempts.get(userId) ?? -attemptedEvery_ms) < attemptedEvery_ms || this.#work !== undefined) return;
    if (this.#attempts.size >= rememberedOwners) this.#attempts.clear();
    this.#attempts.set(userId, performance.now());
    this.#behind(() => settleRows(this.#at, userId));
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#work;
  }

  #keep(userId: string, comparedAt: number): void {
    this.#remembered.delete(userId);
    this.#remembered.set(userId, comparedAt);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > rememberedOwners && oldest !== undefined) this.#remembered.delete(oldest);
  }

  /** One at a time: whoever is left out is found again by the next list. */
  #behind(work: () => Promise<unknown>): void {
    if (this.#isClosed || this.#work !== undefined) return;
    // What fails here is tried again, and found by the reconciler, which reports it.
    this.#work = work().then(() => undefined, () => undefined).finally(() => {
      this.#work = undefined;
    });
  }

  /** By how many there are, and which is named the default: cheap signs that somebody has written to the document by other ways. */
  async #compare(userId: string): Promise<void> {
    const user = userKey(userId);
    if (user === undefined) return;
    const projection = { _id: 0, count: { $size: { $ifNull: ['$databases', []] } }, default_database_id: 1, [rowsMark]: 1 };
    const document = await this.#at.db.collection<{ _id: UserKey }>(controlCollections.users).findOne({ _id: user }, { projection }) as Document | null;
    const totals = parseTotals(await totalsCollection(this.#at).findOne({ _id: user }));
    const count = Number(document?.['count'] ?? 0);
    const isAsExpected = document?.[rowsMark] === true ? totals !== undefined && (totals.counts[everyRow] ?? 0) === count && totals.named_default_id === storedDefault.parse(document['default_database_id'])
      : totals === undefined && count <= largestOwnerWithoutRows;
    if (!isAsExpected) await settleRows(this.#at, userId);
  }
}
