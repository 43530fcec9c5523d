// $sortArray. Source: the manual's page "$sortArray (aggregation)".
import { compareValues } from '../../bson/compare.js';
import { wholeNumber } from '../../bson/integers.js';
import { BsonType } from '../../bson/types.js';
import { arrayValues } from '../../bson/reader.js';
import { arrayValue, nullValue } from '../../bson/values.js';
import { emptyDocument } from '../../bson/writer.js';
import type { RawValue } from '../../bson/raw-value.js';
import { compileSort, type SortOrder } from '../../query/sort.js';
import type { QueryEnvironment } from '../../query/environment.js';
import { CommandError } from '../../errors.js';
import { isNullish, type OperatorCompiler } from './compile-context.js';
import { derivedExpression } from './derive.js';
import { namedArguments, typeNameOf, type NamedArgumentRules } from './operands.js';

const rules: NamedArgumentRules<'input' | 'sortBy', never> = {
  required: ['input', 'sortBy'],
  optional: [],
  notObject: (name, type) => new CommandError(2942500, `${name} requires an object as an argument, found: ${type}`),
  unknown: (name, field) => new CommandError(2942501, `${name} found an unknown argument: ${field}`),
  missing: (name, field) => new CommandError(field === 'input' ? 2942502 : 2942503, `${name} requires '${field}' to be specified`),
};

type Sorter = (values: readonly RawValue[]) => readonly RawValue[];

export const sortArray: OperatorCompiler = (argument, context, name) => {
  const given = namedArguments(name, argument, rules);
  const input = context.compile(given.get('input')!);
  const sort = compileSorter(given.get('sortBy')!, context.environment);
  return derivedExpression([input], (scope) => {
    const array = input.evaluate(scope);
    if (isNullish(array)) return nullValue;
    if (array.type !== BsonType.array) {
      throw new CommandError(2942504, `The input argument to $sortArray must be an array, but was of type: ${typeNameOf(array)}`);
    }
    return arrayValue(sort(arrayValues(array)));
  });
};

/** By fields of the elements (`{a: 1}`) or by the elements themselves (`1`, `-1`). */
function compileSorter(sortBy: RawValue, environment: QueryEnvironment): Sorter {
  if (sortBy.type === BsonType.object) {
    const order = compileSort(sortBy.document(), environment);
    return (values) => sortByFields(values, order);
  }
  const direction = wholeNumber(sortBy);
  if (direction !== 1 && direction !== -1) {
    throw new CommandError(2942505, 'The $sort element value must be either 1 or -1');
  }
  return (values) => [...values].sort((a, b) => compareValues(a, b, environment.collation) * direction);
}

/** An element that is no document sorts as one without fields. */
function sortByFields(values: readonly RawValue[], order: SortOrder): readonly RawValue[] {
  const keyed = values.map((value) => ({ value, key: order.keyOf(value.type === BsonType.object ? value.document() : emptyDocument) }));
  return keyed.sort((a, b) => order.compareKeys(a.key, b.key)).map(({ value }) => value);
}
