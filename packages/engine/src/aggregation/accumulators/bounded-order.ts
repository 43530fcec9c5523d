// The best n of many: a heap whose root is the worst that is kept, so that most items are refused by one comparison.
// Equal items rank in the order in which they came.

interface Ranked<T> {
  readonly item: T;
  readonly sequence: number;
}

export class BoundedOrder<T> {
  private readonly heap: Ranked<T>[] = [];
  private sequence = 0;

  constructor(
    private readonly limit: number,
    private readonly compare: (a: T, b: T) => number,
  ) {}

  /** Takes the item in. Answers what falls out for it (itself, if it is no better than those kept), or undefined. */
  add(item: T): T | undefined {
    const ranked = { item, sequence: (this.sequence += 1) };
    if (this.heap.length < this.limit) {
      this.heap.push(ranked);
      this.siftUp(this.heap.length - 1);
      return undefined;
    }
    const worst = this.heap[0]!;
    if (this.compare(item, worst.item) >= 0) return item;
    this.heap[0] = ranked;
    this.siftDown();
    return worst.item;
  }

  /** The items kept, best first. */
  sorted(): T[] {
    return [...this.heap].sort((a, b) => this.order(a, b)).map(({ item }) => item);
  }

  /** Takes the kept items out, worst first, one at a time. */
  *taken(): Generator<T> {
    while (this.heap.length > 0) {
      const worst = this.heap[0]!;
      const last = this.heap.pop()!;
      if (last !== worst) {
        this.heap[0] = last;
        this.siftDown();
      }
      yield worst.item;
    }
  }

  private order(a: Ranked<T>, b: Ranked<T>): number {
    return this.compare(a.item, b.item) || a.sequence - b.sequence;
  }

  private siftUp(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      if (this.order(this.heap[index]!, this.heap[parent]!) <= 0) return;
      this.swap(index, parent);
      index = parent;
    }
  }

  private siftDown(): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let worst = index;
      if (left < this.heap.length && this.order(this.heap[left]!, this.heap[worst]!) > 0) worst = left;
      if (right < this.heap.length && this.order(this.heap[right]!, this.heap[worst]!) > 0) worst = right;
      if (worst === index) return;
      this.swap(index, worst);
      index = worst;
    }
  }

  private swap(a: number, b: number): void {
    [this.heap[a], this.heap[b]] = [this.heap[b]!, this.heap[a]!];
  }
}
