// The best n of many, in order: a sorted buffer that is cut now and then, so that each addition costs little.
// Equal items stay in the order in which they came.

export class BoundedOrder<T> {
  private items: T[] = [];
  private isSorted = true;

  constructor(
    private readonly limit: number,
    private readonly compare: (a: T, b: T) => number,
  ) {}

  /** Whether the item was kept (for now). */
  add(item: T): boolean {
    const worst = this.isSorted && this.items.length >= this.limit ? this.items[this.limit - 1] : undefined;
    if (worst !== undefined && this.compare(item, worst) >= 0) return false;
    this.items.push(item);
    this.isSorted = false;
    if (this.items.length >= 2 * this.limit + 64) this.settle();
    return true;
  }

  /** The best n in order. */
  sorted(): readonly T[] {
    this.settle();
    return this.items;
  }

  get size(): number {
    return this.items.length;
  }

  private settle(): void {
    if (!this.isSorted) this.items.sort(this.compare);
    this.isSorted = true;
    if (this.items.length > this.limit) this.items = this.items.slice(0, this.limit);
  }
}
