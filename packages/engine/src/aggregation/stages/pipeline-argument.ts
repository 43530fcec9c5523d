// A pipeline that is an argument of a stage or a command: an array of documents.
import { BsonType } from '../../bson/types.js';
import { arrayValues } from '../../bson/reader.js';
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';

/** The stages of an argument that must be an array. */
export function parsePipelineArgument(value: RawValue): readonly RawDocument[] {
  if (value.type !== BsonType.array) throw new CommandError('TypeMismatch', "'pipeline' option must be specified as an array");
  return stagesOfArray(value);
}

/** The stages of an array. */
export function stagesOfArray(array: RawValue): readonly RawDocument[] {
  return arrayValues(array).map((stage) => {
    if (stage.type !== BsonType.object) throw new CommandError('TypeMismatch', "Each element of the 'pipeline' array must be an object");
    return stage.document();
  });
}
