// The open cursors: who may read on, and which are forgotten when nobody does. A cursor holds positions, never a view of
// storage. Source: the manual's "getMore", "killCursors" and "Cursor Timeouts".
import { randomBytes } from 'node:crypto';
import type { RawDocument } from '../bson/raw-value.js';
import type { EngineClock } from '../dispatch/clock.js';
import type { AuthenticatedUser } from '../dispatch/connection.js';
import { CommandError } from '../errors.js';
import type { Privilege } from '../auth/privileges.js';
import type { ChangeScope } from '../storage/change-signal.js';
import type { KeptSnapshot } from '../transactions/snapshot-reads.js';
import type { Batch, CursorDocuments } from './cursor-documents.js';

/** Idle cursors are closed after ten minutes, as MongoDB's `cursorTimeoutMillis` says. */
export const cursorIdleTimeout_ms = 600_000;

/** What the cursor of a change stream has besides. */
export interface ChangeStreamCursor {
  readonly source: {
    /** What it watched is gone: the cursor closes when the client has all that was. */
    readonly isOver: boolean;
    /** The `postBatchResumeToken` behind a batch; `isAll`: nothing more is to be had now. */
    tokenAfter(batch: Batch, isAll: boolean): RawDocument;
    /** Nothing in scope was committed up to this key that was not read. */
    passTo(end: Buffer): void;
  };
  /** Asked for with every `getMore`: rights that are taken away end the stream. */
  readonly privileges: readonly Privilege[];
}

export interface CursorOptions {
  /** `database.collection`, as the reply names it. */
  readonly namespace: string;
  readonly documents: CursorDocuments;
  readonly user: AuthenticatedUser | undefined;
  readonly sessionKey: string | undefined;
  readonly inTransaction: boolean;
  readonly noCursorTimeout: boolean;
  readonly tailable: boolean;
  readonly awaitData: boolean;
  /** The changes that may bring a cursor that awaits data something new. */
  readonly scope?: ChangeScope | undefined;
  readonly changeStream?: ChangeStreamCursor | undefined;
  /** The state that all its batches are read from; undefined: each from the latest one. */
  readonly snapshot?: KeptSnapshot | undefined;
  /** Batches are answered when what they show is on disk. */
  readonly isLasting?: boolean;
  /** What is left of the command's `maxTimeMS`, for all further batches together; undefined: no limit. */
  readonly timeLeft_ms?: number | undefined;
  /** The command that opened it, for `currentOp`. */
  readonly command: RawDocument;
}

export interface OpenCursor extends CursorOptions {
  readonly id: bigint;
  readonly created_ms: number;
  lastUsed_ms: number;
  timeLeft_ms: number | undefined;
  /** A `getMore` is running on it. */
  isInUse: boolean;
  isClosed: boolean;
  /** Ends the waiting of the `getMore` that runs on it. */
  wake: (() => void) | undefined;
}

/** Who asks for a cursor. */
export interface CursorCaller {
  readonly user: AuthenticatedUser | undefined;
  readonly sessionKey: string | undefined;
  readonly inTransaction: boolean;
}

function sameUser(a: AuthenticatedUser | undefined, b: AuthenticatedUser | undefined): boolean {
  return a?.user === b?.user && a?.database === b?.database;
}

export class CursorRegistry {
  private readonly open = new Map<bigint, OpenCursor>();
  private timedOut = 0;
  private opened = 0;

  constructor(private readonly clock: EngineClock) {}

  register(options: CursorOptions): OpenCursor {
    const now_ms = this.clock.now_ms();
    const cursor: OpenCursor = { ...options, id: this.freshId(), created_ms: now_ms, lastUsed_ms: now_ms, timeLeft_ms: options.timeLeft_ms, isInUse: false, isClosed: false, wake: undefined };
    this.open.set(cursor.id, cursor);
    this.opened += 1;
    return cursor;
  }

  /** The cursor, marked as in use until `giveBack`. Throws CursorNotFound (43), Unauthorized (13), CursorInUse (12051). */
  take(id: bigint, namespace: string, caller: CursorCaller): OpenCursor {
    const cursor = this.open.get(id);
    if (cursor === undefined) throw new CommandError('CursorNotFound', `cursor id ${id.toString()} not found`);
    if (!sameUser(cursor.user, caller.user)) {
      throw new CommandError('Unauthorized', `cursor id ${id.toString()} was not created by the authenticated user`);
    }
    if (cursor.namespace !== namespace) {
      throw new CommandError(
        'Unauthorized',
        `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace '${cursor.namespace}'`,
      );
    }
    checkSession(cursor, caller);
    if (cursor.isInUse) throw new CommandError('CursorInUse', `cursor id ${id.toString()} is already in use`);
    cursor.isInUse = true;
    return cursor;
  }

  giveBack(cursor: OpenCursor): void {
    cursor.isInUse = false;
    if (cursor.isClosed) cursor.documents.source.close?.();
    cursor.lastUsed_ms = this.clock.now_ms();
  }

  close(id: bigint): void {
    const cursor = this.open.get(id);
    if (cursor !== undefined) this.forget(cursor);
  }

  find(id: bigint): OpenCursor | undefined {
    return this.open.get(id);
  }

  /** Closes every cursor that `matches`; returns how many there were. */
  closeWhere(matches: (cursor: OpenCursor) => boolean): number {
    let count = 0;
    for (const cursor of this.open.values()) {
      if (!matches(cursor)) continue;
      this.forget(cursor);
      count += 1;
    }
    return count;
  }

  /** Closes the cursors of a session that ended. */
  closeSession(sessionKey: string): number {
    return this.closeWhere((cursor) => cursor.sessionKey === sessionKey);
  }

  /** Closes what nobody has used for ten minutes. The server calls it now and then. */
  closeIdle(timeout_ms = cursorIdleTimeout_ms): number {
    const oldest_ms = this.clock.now_ms() - timeout_ms;
    const count = this.closeWhere((cursor) => !cursor.isInUse && !cursor.noCursorTimeout && cursor.lastUsed_ms < oldest_ms);
    this.timedOut += count;
    return count;
  }

  all(): Iterable<OpenCursor> {
    return this.open.values();
  }

  /** `metrics.cursor` of `serverStatus`. */
  statistics(): { readonly open: number; readonly pinned: number; readonly noTimeout: number; readonly timedOut: number; readonly totalOpened: number } {
    const cursors = [...this.open.values()];
    return {
      open: cursors.length,
      pinned: cursors.filter(({ isInUse }) => isInUse).length,
      noTimeout: cursors.filter(({ noCursorTimeout }) => noCursorTimeout).length,
      timedOut: this.timedOut,
      totalOpened: this.opened,
    };
  }

  private forget(cursor: OpenCursor): void {
    this.open.delete(cursor.id);
    cursor.isClosed = true;
    // Who reads from it now gives it back first.
    if (!cursor.isInUse) cursor.documents.source.close?.();
    cursor.wake?.();
  }

  private freshId(): bigint {
    for (;;) {
      const id = randomBytes(8).readBigUInt64LE() >> 1n;
      if (id !== 0n && !this.open.has(id)) return id;
    }
  }
}

function checkSession(cursor: OpenCursor, caller: CursorCaller): void {
  const id = cursor.id.toString();
  if (cursor.sessionKey !== caller.sessionKey) {
    const [have, want] = [cursor.sessionKey, caller.sessionKey].map((key) => (key === undefined ? 'without a session' : 'in a session of its own'));
    throw new CommandError(cursor.sessionKey === undefined ? 50737 : 50738, `Cannot run getMore on cursor ${id}, which was created ${have ?? ''}, ${want ?? ''}`);
  }
  if (cursor.inTransaction !== caller.inTransaction) {
    throw new CommandError(50741, `Cannot run getMore on cursor ${id}, which was ${cursor.inTransaction ? '' : 'not '}created in this transaction`);
  }
}
