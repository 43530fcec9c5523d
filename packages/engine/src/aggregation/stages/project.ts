// $project and $unset. Source: the manual's pages "$project" and "$unset (aggregation)".
import { BsonType } from '../../bson/types.js';
import { arrayValues, isEmptyDocument } from '../../bson/reader.js';
import { documentOf, falseValue } from '../../bson/values.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { compileProjectStage } from '../../query/projection/compile-projection.js';
import { CommandError } from '../../errors.js';
import { splitFieldPath } from '../expressions/field-path.js';
import type { Stage } from '../stage.js';
import { inStage } from './invalid-stage.js';
import { mappingStage } from './lazy.js';
import type { StageCompileContext } from './stage-compiler.js';

export function compileProject(specification: RawValue, context: StageCompileContext): Stage {
  if (specification.type !== BsonType.object) throw new CommandError(15969, '$project specification must be an object');
  if (isEmptyDocument(specification)) {
    throw new CommandError(51272, 'Invalid $project :: caused by :: projection specification must have at least one field');
  }
  return projecting('$project', specification.document(), context);
}

export function compileUnset(specification: RawValue, context: StageCompileContext): Stage {
  const paths = unsetPaths(specification);
  return projecting('$unset', documentOf(paths.map((path) => [path, falseValue] as const)), context);
}

function projecting(name: string, specification: RawDocument, context: StageCompileContext): Stage {
  const projection = inStage(name, () => compileProjectStage(specification, context.environment));
  const { dependencies } = projection;
  const reads = dependencies === undefined ? undefined : { paths: dependencies, replacesDocuments: true };
  return mappingStage(name, (document) => projection.apply(documentValue(document)), { reads });
}

function unsetPaths(specification: RawValue): readonly string[] {
  if (specification.type !== BsonType.array && specification.type !== BsonType.string) {
    throw new CommandError(31002, '$unset specification must be a string or an array');
  }
  const items = specification.type === BsonType.array ? arrayValues(specification) : [specification];
  if (items.length === 0) throw new CommandError(31119, '$unset specification must be a string or an array with at least one field');
  return items.map((item) => {
    if (item.type !== BsonType.string) {
      throw new CommandError(31120, '$unset specification must be a string or an array containing only string values');
    }
    splitFieldPath(item.string());
    return item.string();
  });
}
