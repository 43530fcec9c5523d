// Removes documents whose time has come, by TTL indexes, every minute, a bounded piece at a time.
// Source: the manual's page "TTL Indexes".
import { encodeBetween } from '../bson/key-bounds.js';
import { elements } from '../bson/reader.js';
import { documentValue } from '../bson/raw-value.js';
import { dateValue } from '../bson/values.js';
import type { EngineClock } from '../dispatch/clock.js';
import type { CollectionEntry, IndexEntry, KeyRange, RecordId, Storage, WriteUnit } from './units.js';

const defaultPause_ms = 60_000;
/** So often it looks whether a pause is over. */
const look_ms = 1000;
const documentsPerUnit = 500;
const bytesPerUnit = 8 * 1024 * 1024;
const earliestDate_ms = -(2n ** 63n);

export interface TtlMonitorParts {
  readonly storage: Storage;
  readonly clock: EngineClock;
  /** Counted up, for `serverStatus`. */
  readonly totals: { deletedDocuments: number; passes: number };
  readonly onEvent: (event: string, fields: Readonly<Record<string, unknown>>) => void;
  /** The server parameter `ttlMonitorEnabled`. */
  readonly isEnabled?: () => boolean;
  /** The server parameter `ttlMonitorSleepSecs`. */
  readonly pause_ms?: () => number;
}

/** What one unit removed, and whether something is left. */
interface Piece {
  readonly deleted: number;
  readonly isLast: boolean;
}

const nothing: Piece = { deleted: 0, isLast: true };

export class TtlMonitor {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isStopped = false;

  constructor(private readonly parts: TtlMonitorParts) {}

  start(): void {
    let last_ms = performance.now();
    this.timer = setInterval(() => {
      const now_ms = performance.now();
      if (now_ms - last_ms < (this.parts.pause_ms?.() ?? defaultPause_ms)) return;
      last_ms = now_ms;
      void this.runOnce();
    }, look_ms).unref();
  }

  /** Resolves when what it was doing is done. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** One pass over all TTL indexes; a pass that is still running is joined. Never rejects: what fails is an event. */
  runOnce(): Promise<void> {
    this.running ??= this.pass().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async pass(): Promise<void> {
    if (this.isStopped || this.parts.isEnabled?.() === false) return;
    const snapshot = this.parts.storage.openSnapshot();
    const collections = snapshot.expiringCollections();
    snapshot.close();
    for (const collection of collections) {
      for (const index of collection.indexes) {
        // One index after the other: expiry is background work and leaves the writer to those who wait for it.
        if (index.expireAfterSeconds !== undefined) await this.expire(collection, index);
      }
    }
    this.parts.totals.passes += 1;
  }

  private async expire(collection: CollectionEntry, index: IndexEntry): Promise<void> {
    const { storage, totals, onEvent } = this.parts;
    try {
      for (;;) {
        const { deleted, isLast } = await storage.write((unit) => this.deletePiece(unit, collection, index));
        totals.deletedDocuments += deleted;
        if (isLast || this.isStopped) return;
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      onEvent('ttl.failed', { namespace: `${collection.database}.${collection.name}`, index: index.name, reason });
    }
  }

  private deletePiece(unit: WriteUnit, collection: CollectionEntry, index: IndexEntry): Piece {
    const current = unit.collection(collection.database, collection.name);
    const currentIndex = current?.indexes.find(({ id }) => id === index.id);
    if (current === undefined || currentIndex?.expireAfterSeconds === undefined) return nothing;
    const range = expiredRange(currentIndex, currentIndex.expireAfterSeconds, this.parts.clock.now_ms());
    if (range === undefined) return nothing;
    // A document of several dates stands in the index several times.
    const found = new Set<RecordId>();
    for (const { recordId } of unit.scanIndex(current, currentIndex, { range })) {
      found.add(recordId);
      if (found.size === documentsPerUnit) break;
    }
    let deleted = 0;
    let bytes = 0;
    for (const recordId of found) {
      if (bytes >= bytesPerUnit) return { deleted, isLast: false };
      const document = unit.record(current, recordId);
      if (document === undefined) continue;
      unit.remove(current, recordId, document);
      deleted += 1;
      bytes += document.length;
    }
    return { deleted, isLast: found.size < documentsPerUnit };
  }
}

/** The keys of dates that lie far enough back. Values that are not dates never expire; nor does anything by compound indexes. */
function expiredRange(index: IndexEntry, expireAfterSeconds: number, now_ms: number): KeyRange | undefined {
  const fields = [...elements(documentValue(index.key))];
  const direction = (fields[0]?.[1].number() ?? 1) < 0 ? -1 : 1;
  const latest_ms = now_ms - expireAfterSeconds * 1000;
  if (fields.length !== 1 || !Number.isFinite(latest_ms) || BigInt(Math.floor(latest_ms)) < earliestDate_ms) return undefined;
  const { start, end } = encodeBetween(undefined, { value: dateValue(BigInt(Math.floor(latest_ms))), isInclusive: true }, direction);
  return { start, startInclusive: true, end, endInclusive: false };
}
