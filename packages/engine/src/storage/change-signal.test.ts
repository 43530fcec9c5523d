import { beforeEach, describe, expect, it } from 'vitest';
import { ChangeSignal, type ChangeScope } from './change-signal.js';
import type { OplogChange } from './key-value.js';

let signal: ChangeSignal;
let woken: string[];
beforeEach(() => {
  signal = new ChangeSignal();
  woken = [];
});

const everything: ChangeScope = { database: undefined, collection: undefined };
const database = (name: string): ChangeScope => ({ database: name, collection: undefined });
const collection = (name: string, of: string): ChangeScope => ({ database: name, collection: of });

function change(namespace: string, op: OplogChange['op'] = 'i'): OplogChange {
  return { op, namespace, uuid: undefined, o: Buffer.alloc(0), o2: undefined };
}

function wait(name: string, scope: ChangeScope): () => void {
  return signal.subscribe(scope, () => woken.push(name));
}

describe('the signal of changes', () => {
  it.each<[string, OplogChange, string[]]>([
    ['a write', change('a.x'), ['all', 'a', 'a.x']],
    ['a write elsewhere in the database', change('a.y'), ['all', 'a']],
    ['a write in a collection with dots in its name', change('b.x.y'), ['all', 'b.x.y']],
    ['a change of the catalog, which may be a rename into anywhere', change('c.$cmd', 'c'), ['all', 'a', 'a.x', 'b.x.y']],
  ])('wakes those whom %s concerns', (_what, changed, expected) => {
    wait('all', everything);
    wait('a', database('a'));
    wait('a.x', collection('a', 'x'));
    wait('b.x.y', collection('b', 'x.y'));
    signal.note(changed);
    signal.fire(signal.take());
    expect(woken.sort()).toEqual([...expected].sort());
  });

  it('wakes who began to wait after the change was made and before it was durable', () => {
    signal.note(change('a.x'));
    const taken = signal.take();
    wait('late', collection('a', 'x'));
    signal.fire(taken);
    expect(woken).toEqual(['late']);
  });

  it('tells each commit its own changes, and nobody of those that failed', () => {
    wait('x', collection('a', 'x'));
    signal.note(change('a.x'));
    signal.forget();
    signal.fire(signal.take());
    expect(woken).toEqual([]);
    signal.note(change('a.x'));
    const first = signal.take();
    signal.note(change('a.y'));
    signal.fire(signal.take());
    expect(woken).toEqual([]);
    signal.fire(first);
    expect(woken).toEqual(['x']);
  });

  it('forgets who no longer waits', () => {
    const [stop, other] = [wait('x', collection('a', 'x')), wait('y', collection('a', 'x'))];
    stop();
    signal.note(change('a.x'));
    signal.fire(signal.take());
    expect(woken).toEqual(['y']);
    other();
    signal.note(change('a.x'));
    signal.fire(signal.take());
    expect(woken).toEqual(['y']);
  });
});
