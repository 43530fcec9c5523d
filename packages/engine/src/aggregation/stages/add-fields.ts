// $addFields and its other name, $set. Source: the manual's pages "$addFields" and "$set (aggregation)".
import { BsonType } from '../../bson/types.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { typeNameOf } from '../expressions/operands.js';
import type { Stage } from '../stage.js';
import { compileFieldWriter } from './apply-fields.js';
import { compileFieldTree } from './field-tree.js';
import { inStage } from './invalid-stage.js';
import { mappingStage } from './lazy.js';
import type { StageCompileContext } from './stage-compiler.js';

export function compileAddFields(specification: RawValue, context: StageCompileContext, name: string): Stage {
  if (specification.type !== BsonType.object) {
    throw new CommandError(40272, `${name} specification stage must be an object, got ${typeNameOf(specification)}`);
  }
  const tree = inStage(name, () => compileFieldTree(specification, context.environment));
  return mappingStage(name, compileFieldWriter(tree));
}
