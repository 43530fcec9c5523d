// find's `$elemMatch`: the first element that matches. Source: the manual's "$elemMatch (projection)".
import type { Expression } from '../../aggregation/expression.js';
import type { RawValue } from '../../bson/raw-value.js';
import { BsonType } from '../../bson/types.js';
import { arrayValue, documentOf, objectValue } from '../../bson/values.js';
import type { QueryEnvironment } from '../environment.js';
import { compileFilter } from '../match/compile-filter.js';
import { fieldOf } from '../path.js';

/** The one-element array of the first match; missing where the field is no array or nothing in it matches. */
export function elemMatchExpression(field: string, operand: RawValue, environment: QueryEnvironment): Expression {
  const matcher = compileFilter(documentOf([[field, objectValue([['$elemMatch', operand]])]]), environment);
  const name = Buffer.from(field, 'utf8');
  return {
    dependencies: [field],
    evaluate: ({ root }) => {
      const array = fieldOf(root, name);
      if (array?.type !== BsonType.array) return undefined;
      const { matched, arrayIndex } = matcher.matchPosition(root);
      if (!matched || arrayIndex === undefined) return undefined;
      const element = fieldOf(array, Buffer.from(String(arrayIndex)));
      return element === undefined ? undefined : arrayValue([element]);
    },
  };
}
