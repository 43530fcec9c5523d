// Sorts what a stage holds already, without keeping everybody else waiting.
import type { RawDocument } from '../../bson/raw-value.js';
import { breather, ExternalSort } from '../external-sort.js';
import { pause, type StageContext } from '../stage.js';
import { inSteps, iterate } from './lazy.js';

/** The rows in order, equal ones as they came; yields `pause` meanwhile. The stage counts what it holds. */
export function* sortedRows<Row>(rows: readonly Row[], compare: (a: Row, b: Row) => number, run: StageContext): Generator<RawDocument, readonly Row[]> {
  const sort = new ExternalSort(compare);
  for (const row of inSteps(rows, run)) {
    if (row === breather) yield pause;
    else sort.add(row);
  }
  const sorted: Row[] = [];
  for (const row of inSteps(iterate(sort.sorted()), run)) {
    if (row === breather) yield pause;
    else sorted.push(row);
  }
  return sorted;
}
