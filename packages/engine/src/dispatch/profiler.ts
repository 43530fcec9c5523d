// The profiler: for databases that ask for it, a document about each operation, or each slow one, in the capped collection `system.profile`.
// Levels last as long as the process, as a mongod's do. Source: the manual's pages "Database Profiler" and "profile".
import { ObjectId } from 'bson';
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { encodeDocument, objectIdValue } from '../bson/values.js';
import { DocumentWriter } from '../bson/writer.js';
import type { Storage, WriteUnit } from '../storage/units.js';
import { shownCommand } from './command-text.js';
import type { EngineLog } from './log.js';
import { operationClass } from './operation-classes.js';
import { connectionFields } from './connection-fields.js';
import type { RunningOperation } from './operations.js';
import type { ServerState } from './server-state.js';

export const profileCollection = 'system.profile';
const profileBytes = 1024 * 1024;
/** Larger commands are named, not shown. */
const commandBytesMax = 50_000;
/** So many documents may be on their way to the disk; more operations than that are not profiled. */
const pendingMax = 256;

/** 0: nothing; 1: what is slow, or what the filter matches; 2: everything. */
export type ProfilingLevel = 0 | 1 | 2;

export interface ProfileFilter {
  readonly document: RawDocument;
  matches(profiled: RawDocument): boolean;
}

export interface ProfiledOperation {
  readonly operation: RunningOperation;
  readonly database: string;
  readonly duration_ms: number;
  readonly hasFailed: boolean;
  readonly now_ms: number;
}

interface DatabaseProfile {
  readonly level: ProfilingLevel;
  readonly filter: ProfileFilter | undefined;
}

export interface ProfilerParts {
  readonly storage: Storage;
  readonly server: ServerState;
  readonly log: EngineLog;
  /** A number in [0, 1). */
  readonly random: () => number;
}

export class Profiler {
  /** Of the whole server: operations that take longer are slow, and so many of them are profiled. */
  slow_ms = 100;
  sampleRate = 1;
  private readonly databases = new Map<string, DatabaseProfile>();
  private pending = 0;

  constructor(private readonly parts: ProfilerParts) {}

  of(database: string): DatabaseProfile {
    return this.databases.get(database) ?? { level: 0, filter: undefined };
  }

  set(database: string, profile: DatabaseProfile): void {
    if (profile.level === 0 && profile.filter === undefined) this.databases.delete(database);
    else this.databases.set(database, profile);
  }

  /** Writes a document about the operation, where its database wants one. Nobody waits for it. */
  note(profiled: ProfiledOperation): void {
    if (this.databases.size === 0 || this.pending >= pendingMax) return;
    const profile = this.databases.get(profiled.database);
    if (profile === undefined || profile.level === 0 || !this.isWanted(profile, profiled)) return;
    const document = profileDocument(profiled, this.parts.server);
    if (profile.level === 1 && profile.filter?.matches(document) === false) return;
    this.pending += 1;
    void this.write(profiled.database, document);
  }

  private isWanted({ level, filter }: DatabaseProfile, { duration_ms }: ProfiledOperation): boolean {
    if (level === 2 || filter !== undefined) return true;
    return duration_ms > this.slow_ms && (this.sampleRate >= 1 || this.parts.random() < this.sampleRate);
  }

  private async write(database: string, document: RawDocument): Promise<void> {
    try {
      await this.parts.storage.write((unit) => append(unit, database, document));
    } catch (error) {
      this.parts.log.write('warn', 'profiler.failed', { database, reason: error instanceof Error ? error.message : String(error) });
    } finally {
      this.pending -= 1;
    }
  }
}

function append(unit: WriteUnit, database: string, document: RawDocument): void {
  const collection = unit.collection(database, profileCollection) ?? unit.createCollection(database, profileCollection, encodeDocument({ capped: true, size: profileBytes }));
  unit.insert(collection, document);
}

function profileDocument({ operation, duration_ms, hasFailed, now_ms }: ProfiledOperation, server: ServerState): RawDocument {
  const { client, appName, effectiveUsers = [] } = connectionFields(operation.connection, server);
  const [user] = effectiveUsers;
  const { counter } = operationClass(operation.commandName);
  const writer = new DocumentWriter().append('_id', objectIdValue(Buffer.from(new ObjectId().id)));
  writer.string('op', counter === 'delete' ? 'remove' : counter).string('ns', operation.namespace);
  if (operation.body.length > commandBytesMax) writer.openDocument('command').string('$truncated', operation.commandName).close();
  else writer.append('command', documentValue(shownCommand(operation.commandName, operation.body)));
  const rest = encodeDocument({
    numYield: 0, locks: {},
    ...(hasFailed ? { ok: 0 } : {}),
    protocol: 'op_msg',
    millis: Math.round(duration_ms),
    ...(operation.planSummary === undefined ? {} : { planSummary: operation.planSummary }),
    ts: new Date(now_ms),
    client,
    ...(appName === undefined ? {} : { appName }),
    allUsers: effectiveUsers,
    user: user === undefined ? '' : `${user.user}@${user.db}`,
  });
  return writer.appendElements(rest, 4, rest.length - 1).finish();
}
