// Where stages may stand: sources first, writers last, and what nested pipelines refuse.
// Source: the manual's page "Aggregation Stages"; codes 40600 to 40602 and 51047 as the server's pipeline validation gives them.
import { CommandError } from '../../errors.js';
import { changeStreamStage, splitStage } from './change-stream.js';
import type { PipelinePlace, StageEntry } from './stage-compiler.js';

interface NamedStage {
  readonly name: string;
  readonly entry: StageEntry;
}

/** The stages that may follow `$changeStream`. Source: the manual's page "Change Streams", Modify Change Stream Output. */
const stagesOfChangeStreams: ReadonlySet<string> = new Set([
  '$addFields', '$match', '$project', '$redact', '$replaceRoot', '$replaceWith', '$set', '$unset', splitStage,
]);

function checkChangeStream(stages: readonly NamedStage[]): void {
  const isChangeStream = stages[0]?.name === changeStreamStage;
  stages.forEach(({ name }, index) => {
    if (isChangeStream && index > 0 && !stagesOfChangeStreams.has(name)) {
      throw new CommandError('IllegalOperation', `${name} is not permitted in a $changeStream pipeline`);
    }
    if (name !== splitStage) return;
    if (!isChangeStream) throw new CommandError('IllegalOperation', `${splitStage} can only be used in a $changeStream pipeline`);
    if (index < stages.length - 1) throw new CommandError(7182802, `${splitStage} must be the last stage in the pipeline`);
  });
}

export function checkPlaces(stages: readonly NamedStage[], place: PipelinePlace): void {
  stages.forEach(({ name, entry }, index) => {
    if (place === 'facet' && (entry.isSource === true || entry.isWrite === true || entry.isAllowedInFacet === false)) {
      throw new CommandError(40600, `${name} is not allowed to be used within a $facet stage`);
    }
    if (place === 'lookup' && entry.isWrite === true) {
      throw new CommandError(51047, `${name} is not allowed within a $lookup's sub-pipeline`);
    }
    if (place === 'unionWith' && entry.isWrite === true) {
      throw new CommandError(31441, `${name} is not allowed within a $unionWith's sub-pipeline`);
    }
    if (entry.isSource === true && index > 0) {
      throw new CommandError(40602, `${name} is only valid as the first stage in a pipeline.`);
    }
    if (entry.isWrite === true && index < stages.length - 1) {
      throw new CommandError(40601, `${name} can only be the final stage in the pipeline`);
    }
  });
  checkChangeStream(stages);
}
