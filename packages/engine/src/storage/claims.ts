// Who may change what while multi-document transactions are open. A transaction holds what it changes until it ends: others
// in transactions get WriteConflict at once, writes outside wait for its end and run again. Nothing is kept while no
// transaction is open.
import type { Table } from './key-value.js';

/** An open transaction, as far as others must know it. */
export interface ClaimHolder {
  /** Resolves when the transaction has committed or aborted. */
  readonly ended: Promise<void>;
}

/** Thrown into a write outside transactions that met an open transaction; the group commit runs it again after that. */
export class HeldByTransaction extends Error {
  constructor(readonly holder: ClaimHolder) {
    super('an open transaction holds this row');
    this.name = 'HeldByTransaction';
  }
}

export function claimName(table: Table, key: Buffer): string {
  return `${table}:${key.toString('latin1')}`;
}

export class ClaimTable {
  private readonly exclusive = new Map<string, ClaimHolder>();
  private readonly shared = new Map<string, Set<ClaimHolder>>();

  get isEmpty(): boolean {
    return this.exclusive.size === 0 && this.shared.size === 0;
  }

  /** Somebody other than `me` because of whom `me` cannot have the row alone. */
  obstacleToClaim(name: string, me?: ClaimHolder): ClaimHolder | undefined {
    const owner = this.exclusive.get(name);
    if (owner !== undefined && owner !== me) return owner;
    for (const sharer of this.shared.get(name) ?? []) {
      if (sharer !== me) return sharer;
    }
    return undefined;
  }

  /** Somebody other than `me` because of whom `me` cannot rely on the row. */
  obstacleToShare(name: string, me?: ClaimHolder): ClaimHolder | undefined {
    const owner = this.exclusive.get(name);
    return owner === me ? undefined : owner;
  }

  claim(name: string, me: ClaimHolder): void {
    this.exclusive.set(name, me);
  }

  share(name: string, me: ClaimHolder): void {
    const sharers = this.shared.get(name);
    if (sharers === undefined) this.shared.set(name, new Set([me]));
    else sharers.add(me);
  }

  release(names: Iterable<string>, me: ClaimHolder): void {
    for (const name of names) {
      if (this.exclusive.get(name) === me) this.exclusive.delete(name);
      const sharers = this.shared.get(name);
      if (sharers === undefined) continue;
      sharers.delete(me);
      if (sharers.size === 0) this.shared.delete(name);
    }
  }
}
