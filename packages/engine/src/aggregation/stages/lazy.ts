// Stages as loops over what comes in: nothing is read before something is asked for.
import type { RawDocument } from '../../bson/raw-value.js';
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

/** A stage written as a generator over its whole input. */
export function streamStage(name: string, run: (input: Iterable<RawDocument>, context: StageContext) => Iterable<RawDocument>, more: Partial<Stage> = {}): Stage {
  return { ...more, name, run };
}
