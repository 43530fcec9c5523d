// RETURN_KEY and RECORD_ID: the key of the index that a row was found by, and the row's place in its collection.
// Source: the manual's pages "cursor.returnKey()" and "cursor.showRecordId()".
import type { Collation } from '../../bson/collation.js';
import { encodeKey } from '../../bson/key-encoding.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { elements } from '../../bson/reader.js';
import { documentOf } from '../../bson/values.js';
import { DocumentWriter, emptyDocument } from '../../bson/writer.js';
import { foldingCollation } from '../../storage/index-collation.js';
import { foldedKey, keyExtractorOf, type KeyExtractor } from '../../storage/index-extractor.js';
import type { KeyRange } from '../../storage/units.js';
import { inputsOf, type IndexScanPlan, type PlanNode } from '../plan.js';
import { ExecutionStage, finished, needTime, type Work } from './stage.js';

/** The one index scan that the plan's rows come from; undefined where there is none, or several. */
function scanBelow(plan: PlanNode): IndexScanPlan | 'id' | undefined {
  if (plan.stage === 'IXSCAN') return plan;
  if (plan.stage === 'IDHACK' || plan.stage === 'EXPRESS_IXSCAN') return 'id';
  const [input, ...others] = inputsOf(plan);
  return input === undefined || others.length > 0 ? undefined : scanBelow(input);
}

function isWithin(key: Buffer, { start, end, startInclusive, endInclusive }: KeyRange): boolean {
  const low = Buffer.compare(key, start);
  const high = Buffer.compare(key, end);
  return (low > 0 || (low === 0 && startInclusive)) && (high < 0 || (high === 0 && endInclusive));
}

/** The document's keys in one scan. */
class ScannedKeys {
  private readonly extractor: KeyExtractor;
  private readonly names: readonly string[];
  private readonly folding: Collation | undefined;

  constructor(private readonly scan: IndexScanPlan) {
    this.extractor = keyExtractorOf(scan.index);
    this.folding = foldingCollation(scan.index);
    this.names = scan.bounds.map(({ path }) => path);
  }

  /** The first of the document's keys that the scan meets. */
  keyOf(document: RawDocument): RawDocument {
    const { ranges, direction } = this.scan;
    const met = this.extractor
      .keysOf(documentValue(document))
      .keys.map((values) => ({ values, bytes: encodeKey(this.folding === undefined ? values : foldedKey(this.extractor, values, this.folding), this.extractor.directions).bytes }))
      .filter(({ bytes }) => ranges.some((range) => isWithin(bytes, range)))
      .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
    const first = direction === 'forward' ? met[0] : met[met.length - 1];
    return first === undefined ? emptyDocument : this.named(first.values);
  }

  private named(values: readonly RawValue[]): RawDocument {
    return documentOf(this.names.map((name, position) => [name, values[position]!] as const));
  }
}

function idOf(document: RawDocument): RawDocument {
  return documentOf([...elements(documentValue(document))].filter(([name]) => name === '_id'));
}

export class ReturnKey extends ExecutionStage {
  private readonly keyOf: (document: RawDocument) => RawDocument;

  constructor(plan: Extract<PlanNode, { stage: 'RETURN_KEY' }>, private readonly input: ExecutionStage) {
    super(plan, [input]);
    const scan = scanBelow(plan);
    const keys = typeof scan === 'object' ? new ScannedKeys(scan) : undefined;
    this.keyOf = scan === 'id' ? idOf : (document) => keys?.keyOf(document) ?? emptyDocument;
  }

  protected step(): Work {
    const row = this.input.work();
    if (row === needTime || row === finished || row.document === undefined) return row;
    return { recordId: row.recordId, document: this.keyOf(row.document) };
  }
}

/** Adds `$recordId` behind the document's own fields. */
export class ShowRecordId extends ExecutionStage {
  constructor(plan: Extract<PlanNode, { stage: 'RECORD_ID' }>, private readonly input: ExecutionStage) {
    super(plan, [input]);
  }

  protected step(): Work {
    const row = this.input.work();
    if (row === needTime || row === finished || row.document === undefined) return row;
    const { recordId, document } = row;
    const writer = new DocumentWriter(document.length + 24).appendElements(document, 4, document.length - 1);
    return { recordId, document: writer.int64('$recordId', BigInt(recordId)).finish() };
  }
}
