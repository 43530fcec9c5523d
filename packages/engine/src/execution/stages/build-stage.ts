// From a plan to the stages that run it.
import type { PlanNode } from '../plan.js';
import { CollectionScan } from './collection-scan.js';
import { DistinctScan } from './distinct-scan.js';
import { EndOfFile } from './end-of-file.js';
import { Fetch } from './fetch.js';
import { IdLookup } from './id-lookup.js';
import { CountScan, IndexScan } from './index-scan.js';
import { KeyDocumentScan } from './key-document-scan.js';
import { Project } from './project.js';
import { RecordCount } from './record-count.js';
import { ReturnKey, ShowRecordId } from './return-key.js';
import { Limit, Skip } from './skip-limit.js';
import { SortMerge } from './sort-merge.js';
import { Sort } from './sort.js';
import type { ExecutionStage } from './stage.js';
import { Subplan } from './subplan.js';
import { Union } from './union.js';

export function buildStage(plan: PlanNode): ExecutionStage {
  switch (plan.stage) {
    case 'EOF':
      return new EndOfFile(plan);
    case 'RECORD_STORE_FAST_COUNT':
      return new RecordCount(plan);
    case 'COLLSCAN':
      return new CollectionScan(plan);
    case 'IDHACK':
    case 'EXPRESS_IXSCAN':
      return new IdLookup(plan);
    case 'IXSCAN':
      return plan.fromKeys === undefined ? new IndexScan(plan) : new KeyDocumentScan(plan, plan.fromKeys);
    case 'COUNT_SCAN':
      return new CountScan(plan);
    case 'DISTINCT_SCAN':
      return new DistinctScan(plan);
    case 'SUBPLAN':
      return new Subplan(plan, buildStage(plan.input));
    case 'FETCH':
      return new Fetch(plan, buildStage(plan.input));
    case 'OR':
      return new Union(plan, plan.inputs.map(buildStage));
    case 'SORT':
      return new Sort(plan, buildStage(plan.input));
    case 'SORT_MERGE':
      return new SortMerge(plan, plan.inputs.map(buildStage));
    case 'SKIP':
      return new Skip(plan, buildStage(plan.input));
    case 'LIMIT':
      return new Limit(plan, buildStage(plan.input));
    case 'PROJECTION_DEFAULT':
    case 'PROJECTION_SIMPLE':
    case 'PROJECTION_COVERED':
      return new Project(plan, buildStage(plan.input));
    case 'RETURN_KEY':
      return new ReturnKey(plan, buildStage(plan.input));
    case 'RECORD_ID':
      return new ShowRecordId(plan, buildStage(plan.input));
  }
}
