// The documents that the engine's scenarios work on.

export interface Order {
  readonly _id: number;
  readonly customer: number;
  readonly status: string;
  readonly total: number;
  readonly lines: readonly { readonly sku: string; readonly count: number }[];
}

export function order(n: number): Order {
  return {
    _id: n, customer: n % 1000, status: ['new', 'paid', 'sent'][n % 3]!, total: (n * 37) % 10_000,
    lines: [{ sku: `sku-${n % 500}`, count: (n % 5) + 1 }, { sku: `sku-${(n * 7) % 500}`, count: 1 }],
  };
}

/** A spread-out but repeatable choice among so many, the same for both sides. */
export function spread(n: number, among: number): number {
  return (n * 7919) % among;
}
