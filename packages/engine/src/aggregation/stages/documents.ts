// $documents: a pipeline over documents given in the command. Source: the manual's page "$documents (aggregation)".
import { BsonType } from '../../bson/types.js';
import { arrayValues } from '../../bson/reader.js';
import { emptyDocument } from '../../bson/writer.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { documentScope } from '../expressions/compile-context.js';
import { compileExpression } from '../expressions/compile-expression.js';
import { typeNameOf } from '../expressions/operands.js';
import type { Stage } from '../stage.js';
import { streamStage } from './lazy.js';
import type { StageCompileContext } from './stage-compiler.js';

export function compileDocuments(specification: RawValue, context: StageCompileContext): Stage {
  const expression = compileExpression(specification, context.environment);
  return streamStage('$documents', () => documentsOf(expression.evaluate(documentScope(documentValue(emptyDocument)))));
}

function documentsOf(value: RawValue | undefined): readonly RawDocument[] {
  if (value?.type !== BsonType.array) throw new CommandError(5858203, `error during aggregation: $documents must be an array, but found ${typeNameOf(value)}`);
  return arrayValues(value).map((item) => {
    if (item.type !== BsonType.object) throw new CommandError(40228, `an array element of $documents must be an object, but found ${typeNameOf(item)}`);
    return item.document();
  });
}
