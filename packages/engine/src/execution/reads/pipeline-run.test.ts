import type { Document } from 'bson';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePlain, encodeDocument } from '../../bson/values.js';
import { environmentOf } from '../../query/query-environment.fixture.js';
import { PlannedStorage } from '../planned-storage.fixture.js';
import { finished, needTime } from '../stages/stage.js';
import { PipelineRun } from './pipeline-run.js';

let storage: PlannedStorage;

beforeAll(async () => {
  storage = await PlannedStorage.open();
  await storage.fill('numbers', Array.from({ length: 500 }, (_, i) => ({ n: i, g: i % 3, list: [i, i + 1] })), [[{ g: 1 }]]);
  await storage.fill('names', Array.from({ length: 3 }, (_, i) => ({ name: `n${i}` })));
});

afterAll(() => storage.close());

/** Runs the pipeline; lets go of the view at every pause. */
function run(stages: readonly Document[]): { readonly documents: Document[]; readonly pauses: number } {
  const pipeline = new PipelineRun({
    database: 'db', collection: 'numbers', stages: stages.map((stage) => encodeDocument(stage)), environment: environmentOf(), allowDiskUse: false,
    host: { readSource: () => [], checkInterrupt: () => undefined },
  });
  const documents: Document[] = [];
  let pauses = 0;
  const untilPause = (): boolean => storage.read((unit) => {
    pipeline.attach(unit);
    try {
      for (;;) {
        const next = pipeline.next();
        if (next === finished) return true;
        if (next === needTime) return false;
        documents.push(decodePlain(next));
      }
    } finally {
      pipeline.detach();
    }
  });
  while (!untilPause()) pauses += 1;
  return { documents, pauses };
}

const group = { $group: { _id: '$g', n: { $sum: 1 } } };
const byId = { $sort: { _id: 1 } };
const groups = [{ _id: 0, n: 167 }, { _id: 1, n: 167 }, { _id: 2, n: 166 }];

describe('a pipeline over a collection', () => {
  it.each<readonly [string, Document[], Document[]]>([
    ['groups and sorts', [group, byId], groups],
    ['counts', [{ $match: { n: { $gte: 100 } } }, { $count: 'n' }], [{ n: 400 }]],
    ['unwinds, skips and limits', [{ $unwind: '$list' }, { $sort: { list: -1, n: 1 } }, { $skip: 1 }, { $limit: 2 }, { $project: { _id: 0, list: 1 } }], [{ list: 499 }, { list: 499 }]],
    ['goes several ways', [{ $facet: { all: [group, byId], count: [{ $count: 'n' }] } }], [{ all: groups, count: [{ n: 500 }] }]],
    ['looks over windows', [{ $setWindowFields: { sortBy: { n: -1 }, output: { sum: { $sum: '$n', window: { documents: [-1, 0] } } } } }, { $limit: 2 }, { $project: { _id: 0, n: 1, sum: 1 } }], [{ n: 499, sum: 499 }, { n: 498, sum: 997 }]],
    ['makes buckets', [{ $bucketAuto: { groupBy: '$n', buckets: 2 } }], [{ _id: { min: 0, max: 250 }, count: 250 }, { _id: { min: 250, max: 499 }, count: 250 }]],
    ['draws', [{ $sample: { size: 500 } }, { $count: 'n' }], [{ n: 500 }]],
    ['fills in what is missing', [{ $match: { n: { $mod: [2, 0] } } }, { $densify: { field: 'n', range: { step: 1, bounds: [0, 500] } } }, { $count: 'n' }], [{ n: 500 }]],
    ['adds another collection', [{ $unionWith: { coll: 'numbers', pipeline: [byId] } }, { $count: 'n' }], [{ n: 1000 }]],
    ['joins', [group, { $lookup: { from: 'names', localField: '_id', foreignField: '_id', as: 'names' } }, byId, { $limit: 1 }, { $project: { names: '$names.name' } }], [{ _id: 0, names: ['n0'] }]],
  ])('%s, and pauses while it gathers', (_what, stages, expected) => {
    const { documents, pauses } = run(stages);
    expect(documents).toEqual(expected);
    expect(pauses).toBeGreaterThan(5);
  });

});
