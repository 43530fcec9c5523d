// Random transactions and writes beside them over a few documents, held against a model of snapshot isolation: each reads the
// state it began with and its own changes, and of two that would change the same record or key the second is refused.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CommandError } from '../errors.js';
import { change, documentsOf, idsByIndex, indexOn, insert, SessionsFixture, sessionKey } from './sessions.fixture.js';
import type { Transaction } from './transaction.js';

const sessions = 3;
const ids = 4;

/** A document of the model: `record` is new with every insert, as record ids are. */
interface ModelDocument {
  readonly record: number;
  readonly a: number;
}
type ModelState = Map<number, ModelDocument>;

interface ModelTransaction {
  readonly real: Transaction;
  readonly key: string;
  readonly number: bigint;
  readonly snapshot: ModelState;
  readonly own: ModelState;
  readonly claims: Set<string>;
}

type Change = { readonly kind: 'insert' | 'update' | 'delete'; readonly id: number; readonly a: number };
type Step = { readonly kind: 'begin' | 'commit' | 'abort' | 'write' | 'outside'; readonly session: number; readonly change: Change };

const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('begin', 'commit', 'abort', 'write', 'write', 'write', 'outside'),
  session: fc.nat(sessions - 1),
  change: fc.record({ kind: fc.constantFrom('insert', 'update', 'delete'), id: fc.nat(ids - 1), a: fc.nat(3) }),
});

const workOf = ({ kind, id, a }: Change): ReturnType<typeof change> | ReturnType<typeof insert> => {
  if (kind === 'insert') return insert({ _id: id, a });
  return change(id, kind === 'update' ? { _id: id, a } : undefined);
};

class Model {
  committed: ModelState = new Map();
  readonly open: (ModelTransaction | undefined)[] = Array.from({ length: sessions }, () => undefined);
  private nextRecord = 1;
  private nextNumber = 1n;
  private held: { readonly change: Change; readonly real: Promise<unknown> }[] = [];

  constructor(private readonly fixture: SessionsFixture) {}

  async run(step: Step): Promise<void> {
    const transaction = this.open[step.session];
    if (step.kind === 'outside') await this.writeOutside(step.change);
    else if (step.kind === 'begin') this.begin(step.session);
    else if (transaction !== undefined) await this.goOn(step, transaction);
    this.compare();
  }

  async finish(): Promise<void> {
    for (const [session, transaction] of this.open.entries()) {
      if (transaction !== undefined) await this.run({ kind: 'abort', session, change: { kind: 'insert', id: 0, a: 0 } });
    }
    this.fixture.assertConsistent();
  }

  private begin(session: number): void {
    if (this.open[session] !== undefined) return;
    const [key, number] = [sessionKey(session), this.nextNumber];
    this.nextNumber += 1n;
    this.open[session] = {
      key, number, real: this.fixture.sessions.start(key, number), snapshot: new Map(this.committed), own: new Map(this.committed), claims: new Set(),
    };
  }

  private async goOn(step: Step, transaction: ModelTransaction): Promise<void> {
    const { real, key, number } = transaction;
    if (step.kind === 'commit') {
      const changed = this.changed(transaction);
      await this.fixture.sessions.commit(key, number);
      for (const id of changed) {
        const mine = transaction.own.get(id);
        if (mine === undefined) this.committed.delete(id);
        else this.committed.set(id, mine);
      }
      await this.ended(step.session);
    } else if (step.kind === 'abort') {
      this.fixture.sessions.abort(key, number);
      await this.ended(step.session);
    } else {
      const expected = this.apply(step.change, transaction.own, (claim) => this.claimFails(claim, transaction));
      const outcome = await real.write(workOf(step.change)).then(() => undefined, (error: unknown) => (error as CommandError).code);
      expect(outcome).toBe(expected);
      if (expected !== undefined) {
        this.fixture.sessions.abortAfterError(real);
        await this.ended(step.session);
      }
    }
  }

  private changed({ snapshot, own }: ModelTransaction): number[] {
    return [...new Set([...snapshot.keys(), ...own.keys()])].filter((id) => snapshot.get(id) !== own.get(id));
  }

  private claimFails(claim: string, transaction: ModelTransaction): boolean {
    if (this.open.some((other) => other !== undefined && other !== transaction && other.claims.has(claim))) return true;
    if (transaction.claims.has(claim)) return false;
    if (this.asOf(claim, transaction.snapshot) !== this.asOf(claim, this.committed)) return true;
    transaction.claims.add(claim);
    return false;
  }

  /** What stands under a claimed record or `_id` key in a state. */
  private asOf(claim: string, state: ModelState): string {
    const [kind, number] = [claim[0], Number(claim.slice(1))];
    if (kind === 'k') return String(state.get(number)?.record);
    const found = [...state].find(([, { record }]) => record === number);
    return found === undefined ? 'none' : `${found[0]} ${found[1].a}`;
  }

  /** Does the change in a state; the code of the error that it must give, or undefined. */
  private apply({ kind, id, a }: Change, state: ModelState, claimFails: (claim: string) => boolean): number | undefined {
    const known = state.get(id);
    if (kind === 'insert') {
      if (claimFails(`k${id}`)) return 112;
      if (known !== undefined) return 11_000;
      state.set(id, { record: this.nextRecord, a });
      this.nextRecord += 1;
    } else if (known !== undefined) {
      if (claimFails(`r${known.record}`)) return 112;
      if (kind === 'update') state.set(id, { record: known.record, a });
      else state.delete(id);
    }
    return undefined;
  }

  private async writeOutside(change: Change): Promise<void> {
    const real = this.fixture.storage.write(workOf(change) as () => unknown).catch((error: unknown) => (error as CommandError).code);
    if (this.isHeld(change)) this.held.push({ change, real });
    else await this.settle(change, real);
  }

  private isHeld({ kind, id }: Change): boolean {
    const record = this.committed.get(id)?.record;
    const claim = kind === 'insert' ? `k${id}` : `r${record}`;
    return this.open.some((transaction) => transaction?.claims.has(claim) === true);
  }

  private async settle(change: Change, real: Promise<unknown>): Promise<void> {
    const expected = this.apply(change, this.committed, () => false);
    const outcome = await real;
    expect(typeof outcome === 'number' ? outcome : undefined).toBe(expected);
  }

  /** Writes that waited run again now, in the order in which they came; some wait for another transaction then. */
  private async ended(session: number): Promise<void> {
    this.open[session] = undefined;
    const waiting = this.held;
    this.held = [];
    for (const write of waiting) {
      if (this.isHeld(write.change)) this.held.push(write);
      else await this.settle(write.change, write.real);
    }
  }

  private compare(): void {
    const shown = (state: ModelState): unknown[] => [...state].map(([_id, { a, record }]) => ({ _id, a, record })).sort((x, y) => x.record - y.record).map(({ _id, a }) => ({ _id, a }));
    const byA = (state: ModelState): unknown[] => [...state].sort(([, x], [, y]) => x.a - y.a || x.record - y.record).map(([id]) => id);
    expect(this.fixture.read(documentsOf)).toEqual(shown(this.committed));
    for (const transaction of this.open) {
      if (transaction === undefined) continue;
      const { real, own } = transaction;
      expect(real.read(documentsOf)).toEqual(shown(own));
      expect(real.read((unit) => idsByIndex(unit, 'a_1'))).toEqual(byA(own));
      expect(real.read((unit) => idsByIndex(unit, 'a_1', true))).toEqual(byA(own).reverse());
      expect(real.read((unit) => unit.counts(unit.collection('db', 'c')!).documents)).toBe(own.size);
    }
  }
}

it('concurrent transactions are isolated by snapshots, and writes beside them wait for what they hold', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepArbitrary, { minLength: 5, maxLength: 60 }), async (steps) => {
      const fixture = await SessionsFixture.open(indexOn('a'));
      try {
        const model = new Model(fixture);
        for (const step of steps) await model.run(step);
        await model.finish();
      } finally {
        await fixture.close();
      }
    }),
    { numRuns: 60 },
  );
}, 30_000);
