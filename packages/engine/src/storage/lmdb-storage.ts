// Storage on LMDB: snapshots for reading, the group commit for writing.
import { statfsSync } from 'node:fs';
import type { EngineClock } from '../dispatch/clock.js';
import { LogicalClock } from '../dispatch/logical-clock.js';
import { Catalog } from './catalog.js';
import { ChangeLog } from './change-log.js';
import { ChangeSignal } from './change-signal.js';
import { ClaimTable } from './claims.js';
import { logFailure } from './commit-failure.js';
import type { FolderGuard } from './folder-guard.js';
import { GroupCommit } from './group-commit.js';
import { Identifiers } from './identifiers.js';
import type { KeyValueWriter } from './key-value.js';
import { LatestView, PinnedView } from './environment-views.js';
import type { LmdbEnvironment } from './lmdb-environment.js';
import type { Durability } from './log/durability.js';
import { newestOplogTime, Oplog, type OplogLimits } from './oplog.js';
import { OplogControl } from './oplog-control.js';
import { OplogCollection } from './oplog-collection.js';
import { ReplicaSetCollection } from './replica-set-collection.js';
import { SnapshotReader, type ServerCollections } from './snapshot-reader.js';
import { UnitWriter } from './unit-writer.js';
import type { Snapshot, Storage, WriteUnit } from './units.js';

export interface LmdbStorageParts {
  readonly environment: LmdbEnvironment;
  readonly durability: Durability;
  readonly guard: FolderGuard;
  readonly clock: EngineClock;
  readonly onEvent: (event: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly oplogLimits: OplogLimits;
  readonly dataDirectory: string;
}

export class LmdbStorage implements Storage {
  readonly catalog = new Catalog();
  readonly claims = new ClaimTable();
  readonly identifiers: Identifiers;
  readonly commits: GroupCommit;
  readonly logicalClock: LogicalClock;
  /** The oplog, for those who follow it. */
  readonly changes: ChangeLog;
  readonly oplog: OplogControl;
  /** What is shown as the replica set's configuration. */
  readonly replicaSet = new ReplicaSetCollection();
  private readonly serverCollections: ServerCollections;

  constructor(private readonly parts: LmdbStorageParts) {
    const { environment, clock, onEvent, oplogLimits, dataDirectory } = parts;
    const signal = new ChangeSignal();
    const logicalClock = new LogicalClock(clock, newestOplogTime(environment));
    this.logicalClock = logicalClock;
    this.changes = new ChangeLog({ environment, logicalClock, signal });
    const oplog = new OplogCollection({ limits: () => this.oplog.limits, end: () => logicalClock.now() });
    this.serverCollections = { oplog, replicaSet: this.replicaSet };
    this.identifiers = new Identifiers(environment);
    this.commits = new GroupCommit({
      environment,
      durability: parts.durability,
      claims: this.claims,
      identifiers: this.identifiers,
      onEvent,
      oplog: new Oplog({ environment, clock, logicalClock, signal, limits: () => this.oplog.limits }),
      freeBytes: () => freeBytes(dataDirectory),
    });
    this.oplog = new OplogControl({ environment, commits: this.commits, startedWith: oplogLimits });
  }

  openSnapshot(): SnapshotReader<LatestView> {
    return new SnapshotReader(new LatestView(this.parts.environment), this.catalog, this.serverCollections);
  }

  /** The state of now, to be read for a while. It keeps its pages from being used again: close it. */
  pinSnapshot(): Snapshot {
    return new SnapshotReader(this.openView(), this.catalog, this.serverCollections);
  }

  async durable(): Promise<void> {
    try {
      await this.parts.durability.sync();
    } catch (error) {
      throw Object.assign(logFailure(), { cause: error });
    }
  }

  /** The state as of now, for transactions. */
  openView(): PinnedView {
    return new PinnedView(this.parts.environment);
  }

  /** What is committed now, whatever snapshot a transaction has. */
  get committed(): Pick<LmdbEnvironment, 'get' | 'range'> {
    return this.parts.environment;
  }

  unitOver(writer: KeyValueWriter): UnitWriter {
    return new UnitWriter(writer, this.catalog, this.identifiers);
  }

  write<T>(work: (unit: WriteUnit) => T, checkInterrupt?: () => void): Promise<T> {
    return this.commits.submit((writer) => {
      const result = work(this.unitOver(writer));
      if (writer.hasGarbage) this.commits.noteGarbage();
      return result;
    }, checkInterrupt);
  }

  /** Removes what is left of builds that did not end with their process. */
  async abandonIndexBuilds(): Promise<void> {
    const left = this.catalog.building(new LatestView(this.parts.environment));
    if (left.length === 0) return;
    await this.write((unit) => {
      for (const collection of left) unit.abandonIndexBuild({ collection, indexIds: (collection.building ?? []).map(({ id }) => id) });
    });
  }

  /** A copy of everything as of now into a file, while reads and writes go on. */
  async backup(file: string): Promise<void> {
    await this.parts.environment.copyTo(file);
  }

  fileBytes(): number {
    return this.parts.environment.fileBytes();
  }

  async close(): Promise<void> {
    await this.commits.close();
    await this.parts.durability.close();
    await this.parts.environment.close();
    this.parts.guard.release();
  }
}

function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}
