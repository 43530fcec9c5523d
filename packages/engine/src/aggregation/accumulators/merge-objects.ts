// $mergeObjects as an accumulator and as an expression. Source: the manual's page "$mergeObjects".
import { BsonType } from '../../bson/types.js';
import { elements } from '../../bson/reader.js';
import { objectValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeComputed } from '../describe-value.js';
import { isNullish } from '../expressions/compile-context.js';
import { typeNameOf } from '../expressions/operands.js';
import { retainedBytes, type ValueAccumulator } from './accumulator.js';

/** Later fields replace earlier ones in their place; null and missing count as the empty document. */
export function createMergeObjects(): ValueAccumulator {
  const fields = new Map<string, RawValue>();
  let heldBytes = 0;
  return {
    add(value) {
      if (isNullish(value)) return;
      if (value.type !== BsonType.object) {
        throw new CommandError(40400, `$mergeObjects requires object inputs, but input ${describeComputed(value)} is of type ${typeNameOf(value)}`);
      }
      for (const [name, field] of elements(value)) {
        heldBytes += retainedBytes(field) - retainedBytes(fields.get(name));
        fields.set(name, field);
      }
    },
    result: () => objectValue(fields),
    get heldBytes() {
      return heldBytes;
    },
  };
}
