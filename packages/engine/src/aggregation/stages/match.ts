// $match. Source: the manual's page "$match (aggregation)".
import { BsonType } from '../../bson/types.js';
import { documentValue, type RawValue } from '../../bson/raw-value.js';
import { filterPaths } from '../../query/filter-paths.js';
import { compileFilter } from '../../query/match/compile-filter.js';
import { CommandError } from '../../errors.js';
import type { Stage } from '../stage.js';
import type { StageCompileContext } from './stage-compiler.js';
import { mappingStage } from './lazy.js';

export function compileMatch(specification: RawValue, context: StageCompileContext): Stage {
  if (specification.type !== BsonType.object) throw new CommandError(15959, 'the match filter must be an expression in an object');
  const matcher = compileFilter(specification.document(), context.environment);
  const paths = filterPaths(matcher.node);
  const reads = paths === undefined ? undefined : { paths, replacesDocuments: false };
  return mappingStage('$match', (document) => (matcher.matches(documentValue(document)) ? document : undefined), { reads });
}
