import { beforeEach, describe, expect, it } from 'vitest';
import { emptyDocument } from '../bson/writer.js';
import { CommandError } from '../errors.js';
import { CursorDocuments } from './cursor-documents.js';
import { cursorIdleTimeout_ms, CursorRegistry, type CursorCaller, type CursorOptions, type OpenCursor } from './cursor-registry.js';
import { ListSource } from './document-source.js';

const anna = { user: 'anna', database: 'admin', identity: 'a1' };
const bert = { user: 'bert', database: 'admin', identity: 'b1' };
let now_ms: number;
let registry: CursorRegistry;

beforeEach(() => {
  now_ms = 1_000_000;
  registry = new CursorRegistry({ now_ms: () => now_ms });
});

function open(options: Partial<CursorOptions> = {}): OpenCursor {
  return registry.register({
    namespace: 'db.c', documents: new CursorDocuments(new ListSource([])), user: anna, sessionKey: undefined, inTransaction: false, noCursorTimeout: false,
    tailable: false, awaitData: false, command: emptyDocument, ...options,
  });
}

function refusal(cursor: OpenCursor, namespace: string, caller: Partial<CursorCaller>): number {
  try {
    registry.take(cursor.id, namespace, { user: anna, sessionKey: undefined, inTransaction: false, ...caller });
  } catch (error) {
    if (error instanceof CommandError) return error.code;
  }
  return 0;
}

describe('the cursor registry', () => {
  it('gives a cursor to nobody but the user, session and namespace that it was opened by', () => {
    const cursor = open({ sessionKey: 's1' });
    expect(refusal(cursor, 'db.c', { user: bert, sessionKey: 's1' })).toBe(13);
    expect(refusal(cursor, 'db.c', { user: undefined, sessionKey: 's1' })).toBe(13);
    expect(refusal(cursor, 'db.other', { sessionKey: 's1' })).toBe(13);
    expect(refusal(cursor, 'db.c', { sessionKey: 's2' })).toBe(50738);
    expect(refusal(cursor, 'db.c', { sessionKey: 's1', inTransaction: true })).toBe(50741);
    expect(refusal(open(), 'db.c', { sessionKey: 's1' })).toBe(50737);
    expect(refusal(cursor, 'db.c', { sessionKey: 's1' })).toBe(0);
  });

  it('gives a cursor to one command at a time', () => {
    const cursor = open();
    expect(refusal(cursor, 'db.c', {})).toBe(0);
    expect(refusal(cursor, 'db.c', {})).not.toBe(0);
    registry.giveBack(cursor);
    expect(refusal(cursor, 'db.c', {})).toBe(0);
  });

  it('forgets what nobody uses, unless it was told not to', () => {
    const idle = open();
    const kept = open({ noCursorTimeout: true });
    const used = open();
    now_ms += cursorIdleTimeout_ms - 1;
    registry.giveBack(used);
    expect(registry.closeIdle()).toBe(0);
    now_ms += 2;
    expect(registry.closeIdle()).toBe(1);
    expect(refusal(idle, 'db.c', {})).toBe(43);
    expect(refusal(kept, 'db.c', {})).toBe(0);
    expect(refusal(used, 'db.c', {})).toBe(0);
    expect(registry.statistics()).toEqual({ open: 2, pinned: 2, noTimeout: 1, timedOut: 1, totalOpened: 3 });
  });

  it('closes the cursors of a session that ends', () => {
    const cursor = open({ sessionKey: 's1' });
    open({ sessionKey: 's2' });
    expect(registry.closeSession('s1')).toBe(1);
    expect(refusal(cursor, 'db.c', { sessionKey: 's1' })).toBe(43);
  });
});
