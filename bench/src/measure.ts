// Measures one thing: many callers, each doing the same over and over, for a while.

export interface Measurement {
  readonly operations: number;
  readonly perSecond: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly p99_ms: number;
}

export interface Load {
  readonly callers: number;
  readonly duration_ms: number;
  /** At most this many in all; for what is too slow or too costly to repeat for a whole duration. */
  readonly maxOperations?: number;
}

function percentile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0;
}

/** Runs `operation(n)` from each caller, `n` counting up over all of them. A failing operation ends the measurement: errors are no speed. */
export async function measure(load: Load, operation: (n: number) => Promise<unknown>): Promise<Measurement> {
  const latencies: number[] = [];
  let started = 0;
  const begin = performance.now();
  const end = begin + load.duration_ms;
  const limit = load.maxOperations ?? Infinity;
  const caller = async (): Promise<void> => {
    while (performance.now() < end && started < limit) {
      const n = started;
      started += 1;
      const from = performance.now();
      // One after the other: a caller is a client that waits for its answer.
      await operation(n);
      latencies.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: load.callers }, caller));
  const elapsed_ms = performance.now() - begin;
  latencies.sort((a, b) => a - b);
  return {
    operations: latencies.length,
    perSecond: (latencies.length / elapsed_ms) * 1000,
    p50_ms: percentile(latencies, 0.5),
    p95_ms: percentile(latencies, 0.95),
    p99_ms: percentile(latencies, 0.99),
  };
}

/** Measures ours and the peer in turns, several rounds, so that what else the machine does falls on both; keeps the median rounds. */
export async function compare(
  rounds: number,
  ours: () => Promise<Measurement>,
  peer: () => Promise<Measurement>,
): Promise<{ readonly ours: Measurement; readonly peer: Measurement }> {
  const measured: { ours: Measurement; peer: Measurement }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // In turns, not at once: they share two cores.
    measured.push({ ours: await ours(), peer: await peer() });
  }
  const median = (side: 'ours' | 'peer'): Measurement =>
    measured.map((pair) => pair[side]).sort((a, b) => a.perSecond - b.perSecond)[Math.floor(rounds / 2)]!;
  return { ours: median('ours'), peer: median('peer') };
}
