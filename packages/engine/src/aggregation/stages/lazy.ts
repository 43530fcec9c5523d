// Stages as loops over what comes in: nothing is read before something is asked for.
import type { RawDocument } from '../../bson/raw-value.js';
import { breather } from '../external-sort.js';
import { pause, type Stage, type StageContext } from '../stage.js';

/** A stage that makes one document out of each, or none (undefined). */
export function mappingStage(name: string, transform: (document: RawDocument) => RawDocument | undefined, more: Partial<Stage> = {}): Stage {
  return {
    passesPauses: true,
    ...more,
    name,
    *run(input) {
      for (const document of input) {
        const result = document === pause ? pause : transform(document);
        if (result !== undefined) yield result;
      }
    },
  };
}

/** A stage written as a generator over its whole input. Where it passes pauses on, it pauses between its own documents too. */
export function streamStage(name: string, run: (input: Iterable<RawDocument>, context: StageContext) => Iterable<RawDocument>, more: Partial<Stage> = {}): Stage {
  if (more.passesPauses !== true) return { ...more, name, run };
  return { ...more, name, run: (input, context) => (context.pauses === true ? paced(run(input, context)) : run(input, context)) };
}

const documentsPerPause = 16;

/** What a stage makes by itself has no pauses of its own: without some, a stage behind it would gather all of it in one go. */
function* paced(documents: Iterable<RawDocument>): Generator<RawDocument> {
  let count = 0;
  for (const document of documents) {
    yield document;
    count = document === pause ? 0 : count + 1;
    if (count < documentsPerPause) continue;
    count = 0;
    yield pause;
  }
}

/** Work of many steps between documents: a pause at each, where the stage may pause. */
export function* pausing<Result>(steps: Iterator<unknown, Result>, run: StageContext): Generator<RawDocument, Result> {
  for (;;) {
    const next = steps.next();
    if (next.done === true) return next.value;
    run.sources.checkInterrupt();
    if (run.pauses === true) yield pause;
  }
}

/** An iterator as something to loop over. */
export function iterate<Item>(iterator: Iterator<Item>): Iterable<Item> {
  return { [Symbol.iterator]: () => iterator };
}

const itemsPerPause = 64;

/** The items, with `breather` after every so many of them where the stage may pause: for work that makes no documents of its own. */
export function* inSteps<Item>(items: Iterable<Item>, run: StageContext): Generator<Item | typeof breather> {
  let count = 0;
  for (const item of items) {
    yield item;
    count += 1;
    if (count % itemsPerPause !== 0) continue;
    run.sources.checkInterrupt();
    if (run.pauses === true) yield breather;
  }
}
