// `latencyStats` of `$collStats`. Source: the manual's page "$collStats", latencyStats Document.
import { Long } from 'bson';
import type { RawDocument } from '../../bson/raw-value.js';
import { encodeDocument } from '../../bson/values.js';
import type { LatencyClass, NamespaceMetrics } from '../../dispatch/metrics.js';

const classes: readonly LatencyClass[] = ['reads', 'writes', 'commands', 'transactions'];

/** Time in microseconds and number of operations of each class; with `histograms`, how many took how long. */
export function latencyStatistics(latencies: NamespaceMetrics['latencies'], histograms: boolean): RawDocument {
  return encodeDocument(Object.fromEntries(classes.map((name) => {
    const { latency_us, operations } = latencies[name];
    const buckets = latencies[name].buckets().map(({ from_us, count }) => ({ micros: Long.fromNumber(from_us), count: Long.fromNumber(count) }));
    return [name, {
      ...(histograms ? { histogram: buckets } : {}),
      latency: Long.fromNumber(latency_us), ops: Long.fromNumber(operations), queryableEncryptionLatencyMicros: Long.fromNumber(0),
    }];
  })));
}
