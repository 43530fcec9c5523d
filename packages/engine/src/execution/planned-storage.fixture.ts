// A real storage in a folder of its own, and reads that are planned on it, for tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Document } from 'bson';
import { describeCollation, parseCollation } from '../bson/collation.js';
import { decodePlain, documentOf, encodeDocument } from '../bson/values.js';
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { emptyDocument } from '../bson/writer.js';
import { environmentOf } from '../query/query-environment.fixture.js';
import { openStorage } from '../storage/open-storage.js';
import type { CollectionEntry, IndexEntry, ReadUnit, Storage } from '../storage/units.js';
import { defaultIndexName } from './catalog/index-specification.js';
import { examinedTotals, printPlan, type ExaminedTotals } from './explain/stage-printing.js';
import type { Hint } from './hint.js';
import { PlanRun } from './plan-run.js';
import { compileRead, planRead, planReadCount, type ReadQuery } from './reads/read-query.js';
import { finished, needTime } from './stages/stage.js';

export interface IndexOptions {
  readonly unique?: boolean;
  readonly sparse?: boolean;
  readonly hidden?: boolean;
  readonly partial?: Document;
  /** Of a wildcard index. */
  readonly wildcardProjection?: Document;
  /** Has the collation of reads that ignore case. */
  readonly ignoresCase?: boolean;
}

export interface TestRead {
  readonly filter?: Document;
  readonly projection?: Document;
  readonly sort?: Document;
  readonly limit?: number;
  readonly skip?: number;
  readonly hint?: Hint;
  /** Compares strings without regard to case. */
  readonly ignoresCase?: boolean;
}

const caseless = parseCollation(encodeDocument({ locale: 'en', strength: 2 }))!;

export function queryOf({ filter, projection, sort, limit, skip, hint, ignoresCase = false }: TestRead): ReadQuery {
  const encoded = (document: Document | undefined): RawDocument | undefined => (document === undefined ? undefined : encodeDocument(document));
  return compileRead({ filter: encoded(filter), projection: encoded(projection), sort: encoded(sort), limit, skip, hint }, environmentOf(ignoresCase ? caseless : undefined));
}

export class PlannedStorage {
  private constructor(
    private readonly folder: string,
    readonly storage: Storage,
  ) {}

  static async open(): Promise<PlannedStorage> {
    const folder = mkdtempSync(join(tmpdir(), 'freehold-plans-'));
    return new PlannedStorage(folder, await openStorage({ dataDirectory: folder }));
  }

  async close(): Promise<void> {
    await this.storage.close();
    rmSync(this.folder, { recursive: true });
  }

  /** Makes a collection of these documents; numbers them where they have no `_id`. */
  async fill(name: string, documents: readonly (Document | RawDocument)[], indexes: readonly (readonly [key: Document, options?: IndexOptions])[] = []): Promise<void> {
    await this.storage.write((unit) => {
      let entry = unit.createCollection('db', name, emptyDocument);
      for (const [key, options = {}] of indexes) entry = unit.createIndex(entry, indexOf(key, options));
      documents.forEach((document, position) => {
        unit.insert(entry, Buffer.isBuffer(document) ? document : encodeDocument({ _id: position, ...document }));
      });
    });
  }

  read<T>(work: (unit: ReadUnit) => T): T {
    const snapshot = this.storage.openSnapshot();
    try {
      return work(snapshot);
    } finally {
      snapshot.close();
    }
  }

  collection(unit: ReadUnit, name: string): CollectionEntry {
    const entry = unit.collection('db', name);
    if (entry === undefined) throw new Error(`no collection ${name}`);
    return entry;
  }

  /** The winning plan as explain prints it. */
  plan(name: string, read: TestRead): Document {
    return this.read((unit) => decodePlain(printPlan(planRead(unit, this.collection(unit, name), queryOf(read)).winning)));
  }

  countPlan(name: string, read: TestRead): Document {
    return this.read((unit) => decodePlain(printPlan(planReadCount(unit, this.collection(unit, name), queryOf(read)).winning)));
  }

  /** The documents that the plan finds; with `pauseAfter`, in a new view after every so many units of work. */
  find(name: string, read: TestRead, pauseAfter = Number.POSITIVE_INFINITY): RawDocument[] {
    const query = queryOf(read);
    const run = this.read((unit) => new PlanRun(planRead(unit, this.collection(unit, name), query).winning, this.collection(unit, name)));
    const documents: RawDocument[] = [];
    const isOver = (): boolean => this.read((unit) => {
      run.attach(unit);
      for (let works = 0; works < pauseAfter; works += 1) {
        const next = run.next();
        if (next === finished) return true;
        if (next !== needTime) documents.push(next);
      }
      run.detach();
      return false;
    });
    while (!isOver());
    return documents;
  }

  /** How many documents the plan reads to its end, as explain counts them. */
  examined(name: string, read: TestRead): ExaminedTotals {
    return this.read((unit) => {
      const entry = this.collection(unit, name);
      const run = new PlanRun(planRead(unit, entry, queryOf(read)).winning, entry);
      run.attach(unit);
      while (run.work() !== finished);
      run.detach();
      return examinedTotals(run.root);
    });
  }

  count(name: string, read: TestRead): number {
    const query = queryOf(read);
    return this.read((unit) => {
      const entry = this.collection(unit, name);
      const run = new PlanRun(planReadCount(unit, entry, query).winning, entry);
      run.attach(unit);
      let count = 0;
      for (let row = run.work(); row !== finished; row = run.work()) if (row !== needTime) count += 1;
      run.detach();
      return count;
    });
  }
}

function indexOf(keyPattern: Document, { unique = false, sparse = false, hidden = false, partial, wildcardProjection, ignoresCase = false }: IndexOptions): Omit<IndexEntry, 'id' | 'multikey'> {
  const key = encodeDocument(keyPattern);
  const options = documentOf([
    ...(ignoresCase ? [['collation', documentValue(describeCollation(caseless))] as const] : []),
    ...(wildcardProjection === undefined ? [] : [['wildcardProjection', documentValue(encodeDocument(wildcardProjection))] as const]),
  ]);
  const index = { name: defaultIndexName(key), key, unique, sparse, hidden, options };
  return partial === undefined ? index : { ...index, partialFilterExpression: encodeDocument(partial) };
}
