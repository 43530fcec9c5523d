// $sortByCount: $group and $sort in one. Source: the manual's page "$sortByCount (aggregation)".
import { BsonType } from '../../bson/types.js';
import { elements } from '../../bson/reader.js';
import { documentOf, int32Value, objectValue } from '../../bson/values.js';
import { documentValue, type RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import type { Stage } from '../stage.js';
import { compileGroup } from './group.js';
import { compileSortStage } from './sort.js';
import type { StageCompileContext } from './stage-compiler.js';

export function compileSortByCount(specification: RawValue, context: StageCompileContext): readonly Stage[] {
  checkExpression(specification);
  const one = objectValue([['$sum', int32Value(1)]]);
  const group = documentOf([['_id', specification], ['count', one]]);
  const descending = documentOf([['count', int32Value(-1)]]);
  return [compileGroup(documentValue(group), context), compileSortStage(documentValue(descending), context)];
}

function checkExpression(specification: RawValue): void {
  if (specification.type === BsonType.object) {
    for (const [name] of elements(specification)) {
      if (name.startsWith('$')) return;
      break;
    }
    throw new CommandError(40147, 'the sortByCount field must be defined as a $-prefixed path or an expression inside an object');
  }
  if (specification.type !== BsonType.string) {
    throw new CommandError(40149, 'the sortByCount field must be specified as a string or as an object');
  }
  if (!specification.string().startsWith('$')) {
    throw new CommandError(40148, 'the sortByCount field must be defined as a $-prefixed path or an expression inside an object');
  }
}
