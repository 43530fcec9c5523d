// Every aggregation stage by name. A new stage is one line here.
import { compileAddFields } from './add-fields.js';
import { compileBucketAuto } from './bucket-auto.js';
import { compileBucket } from './bucket.js';
import { compileChangeStream, compileSplitLargeEvent } from './change-stream.js';
import { compileCount } from './count.js';
import { compileDensify } from './densify.js';
import { compileDocuments } from './documents.js';
import { compileFacet } from './facet.js';
import { compileFill } from './fill.js';
import { compileGraphLookup } from './graph-lookup.js';
import { compileGroup } from './group.js';
import { compileLimit, compileSkip } from './limit.js';
import { compileLookup } from './lookup.js';
import { compileMatch } from './match.js';
import { compileProject, compileUnset } from './project.js';
import { compileRedact } from './redact.js';
import { compileReplaceRoot, compileReplaceWith } from './replace-root.js';
import { compileSample } from './sample.js';
import { compileSetWindowFields } from './set-window-fields.js';
import { compileSortByCount } from './sort-by-count.js';
import { compileSortStage } from './sort.js';
import { compileSource } from './source-stages.js';
import type { StageEntry } from './stage-compiler.js';
import { compileUnionWith } from './union-with.js';
import { compileUnwind } from './unwind.js';
import { compileMerge, compileOut } from './write-stages.js';

export const stageTable: ReadonlyMap<string, StageEntry> = new Map<string, StageEntry>(Object.entries({
  $addFields: { compile: compileAddFields },
  $bucket: { compile: compileBucket },
  $bucketAuto: { compile: compileBucketAuto },
  $changeStream: { compile: compileChangeStream, isSource: true },
  $changeStreamSplitLargeEvent: { compile: compileSplitLargeEvent, isAllowedInFacet: false },
  $collStats: { compile: compileSource, isSource: true },
  $count: { compile: compileCount },
  $currentOp: { compile: compileSource, isSource: true },
  $densify: { compile: compileDensify },
  $documents: { compile: compileDocuments, isSource: true },
  $facet: { compile: compileFacet, isAllowedInFacet: false },
  $fill: { compile: compileFill },
  $graphLookup: { compile: compileGraphLookup },
  $group: { compile: compileGroup },
  $indexStats: { compile: compileSource, isSource: true },
  $limit: { compile: compileLimit },
  $listLocalSessions: { compile: compileSource, isSource: true },
  $listSessions: { compile: compileSource, isSource: true },
  $lookup: { compile: compileLookup },
  $match: { compile: compileMatch },
  $merge: { compile: compileMerge, isWrite: true },
  $out: { compile: compileOut, isWrite: true },
  $planCacheStats: { compile: compileSource, isSource: true },
  $project: { compile: compileProject },
  $redact: { compile: compileRedact },
  $replaceRoot: { compile: compileReplaceRoot },
  $replaceWith: { compile: compileReplaceWith },
  $sample: { compile: compileSample },
  $set: { compile: compileAddFields },
  $setWindowFields: { compile: compileSetWindowFields },
  $skip: { compile: compileSkip },
  $sort: { compile: compileSortStage },
  $sortByCount: { compile: compileSortByCount },
  $unionWith: { compile: compileUnionWith },
  $unset: { compile: compileUnset },
  $unwind: { compile: compileUnwind },
}));
