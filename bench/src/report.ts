// The results: a table for people, bench/results.json for machines.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import type { Measurement } from './measure.js';

export interface Result {
  readonly scenario: string;
  readonly callers: number;
  readonly peerName: string;
  readonly ours: Measurement;
  readonly peer: Measurement;
  /** Processor time of our server's process for each operation. */
  readonly processor_us?: number;
  /** What is aimed at: a least ratio of throughputs, a largest latency, or how much longer than the peer's the slowest of a hundred may take. */
  readonly goal?: { readonly ratio: number } | { readonly p95_ms: number } | { readonly p99_growth: number };
}

/** Throughput of ours over the peer's: above 1, ours does more. */
function ratioOf(result: Result): number {
  return result.ours.perSecond / result.peer.perSecond;
}

function reachesGoal(result: Result): boolean | undefined {
  if (result.goal === undefined) return undefined;
  if ('p99_growth' in result.goal) return result.ours.p99_ms <= result.peer.p99_ms * result.goal.p99_growth;
  return 'ratio' in result.goal ? ratioOf(result) >= result.goal.ratio : result.ours.p95_ms < result.goal.p95_ms;
}

function goalText({ goal }: Result): string {
  if (goal === undefined) return '';
  if ('p99_growth' in goal) return `p99 <= ${goal.p99_growth}x`;
  return 'ratio' in goal ? `>= ${goal.ratio}x` : `p95 < ${goal.p95_ms} ms`;
}

export function printReport(results: readonly Result[]): void {
  const table = new Table({ head: ['scenario', 'callers', 'ours/s', 'p50 ms', 'p95 ms', 'p99 ms', 'CPU µs', 'peer', 'peer/s', 'p95 ms', 'p99 ms', 'ratio', 'goal', 'reached'] });
  for (const result of results) {
    const { ours, peer } = result;
    table.push([
      result.scenario, result.callers, ours.perSecond.toFixed(0), ours.p50_ms.toFixed(2), ours.p95_ms.toFixed(2), ours.p99_ms.toFixed(2), result.processor_us?.toFixed(0) ?? '',
      result.peerName, peer.perSecond.toFixed(0), peer.p95_ms.toFixed(2), peer.p99_ms.toFixed(2), `${ratioOf(result).toFixed(2)}x`,
      goalText(result), { true: 'yes', false: 'NO', undefined: '' }[String(reachesGoal(result)) as 'true' | 'false' | 'undefined'],
    ]);
  }
  process.stdout.write(`${table.toString()}\n`);
}

/** Puts what a run has measured in the place of what an earlier one has; runs of other scenarios, and of other sizes, stay with their dates. */
export function writeResults(run: string, results: readonly Result[]): void {
  const path = fileURLToPath(new URL('../results.json', import.meta.url));
  const { runs } = JSON.parse(readFileSync(path, 'utf8')) as { readonly runs: Readonly<Record<string, object>> };
  const measured = {
    measured_at: new Date().toISOString(), node: process.version, cpus: cpus().length, cpu_model: cpus()[0]?.model, memory_bytes: totalmem(),
    results: results.map((result) => ({ ...result, ratio: ratioOf(result), reached: reachesGoal(result) ?? null })),
  };
  writeFileSync(path, `${JSON.stringify({ runs: { ...runs, [run]: measured } }, null, 2)}\n`);
}
