// Every aggregation stage by name. A new stage is one line here.
import { compileAddFields } from './add-fields.js';
import { compileCount } from './count.js';
import { compileGroup } from './group.js';
import { compileLimit, compileSkip } from './limit.js';
import { compileLookup } from './lookup.js';
import { compileMatch } from './match.js';
import { compileProject, compileUnset } from './project.js';
import { compileReplaceRoot, compileReplaceWith } from './replace-root.js';
import { compileSortByCount } from './sort-by-count.js';
import { compileSortStage } from './sort.js';
import type { StageEntry } from './stage-compiler.js';
import { compileUnwind } from './unwind.js';

export const stageTable: ReadonlyMap<string, StageEntry> = new Map<string, StageEntry>(Object.entries({
  $addFields: { compile: compileAddFields },
  $count: { compile: compileCount },
  $group: { compile: compileGroup },
  $limit: { compile: compileLimit },
  $lookup: { compile: compileLookup },
  $match: { compile: compileMatch },
  $project: { compile: compileProject },
  $replaceRoot: { compile: compileReplaceRoot },
  $replaceWith: { compile: compileReplaceWith },
  $set: { compile: compileAddFields },
  $skip: { compile: compileSkip },
  $sort: { compile: compileSortStage },
  $sortByCount: { compile: compileSortByCount },
  $unset: { compile: compileUnset },
  $unwind: { compile: compileUnwind },
}));
