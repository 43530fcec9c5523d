// How long operations of one class took on one collection: their sum, their number, and how many fell between which bounds.
// Source: the manual's page "$collStats", latencyStats (and its `histograms`).

/** Microseconds from which on a bucket counts, up to the next one's; close together where operations mostly end. */
const lowerBounds_us: readonly number[] = [
  0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3072, 4096, 6144, 8192, 12_288, 16_384, 24_576, 32_768, 49_152, 65_536, 98_304, 131_072,
  196_608, 262_144, 393_216, 524_288, 786_432, 1_048_576, 1_572_864, 2_097_152, ...Array.from({ length: 19 }, (_, power) => 2 ** (22 + power)),
];

export class LatencyHistogram {
  latency_us = 0;
  operations = 0;
  private counts: Uint32Array | undefined;

  record(duration_us: number): void {
    this.latency_us += duration_us;
    this.operations += 1;
    this.counts ??= new Uint32Array(lowerBounds_us.length);
    const bucket = bucketOf(duration_us);
    this.counts[bucket] = this.counts[bucket]! + 1;
  }

  /** The buckets that hold something. */
  buckets(): readonly { readonly from_us: number; readonly count: number }[] {
    return lowerBounds_us.map((from_us, index) => ({ from_us, count: this.counts?.[index] ?? 0 })).filter(({ count }) => count > 0);
  }
}

function bucketOf(duration_us: number): number {
  let low = 0;
  let high = lowerBounds_us.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lowerBounds_us[middle]! <= duration_us) low = middle;
    else high = middle - 1;
  }
  return low;
}
