// `$pull` and `$pullAll`: take elements out of an array. Source: the manual's pages of the same names.
import { CommandError } from '../../../errors.js';
import { valuesEqual } from '../../../bson/compare.js';
import type { RawValue } from '../../../bson/raw-value.js';
import { ElementReader, arrayValues } from '../../../bson/reader.js';
import { BsonType, bsonTypeName } from '../../../bson/types.js';
import { arrayValue, documentOf, objectValue } from '../../../bson/values.js';
import type { QueryEnvironment } from '../../environment.js';
import { compileFilter } from '../../match/compile-filter.js';
import type { FieldOperator, OperatorFactory } from '../field-operator.js';
import { membership } from './value-set.js';

export const compilePull: OperatorFactory = (operand, _fieldPath, environment) => culling('$pull', conditionOf(operand, environment));

export const compilePullAll: OperatorFactory = (operand, _fieldPath, { collation }) => {
  if (operand.type !== BsonType.array) {
    throw new CommandError('BadValue', `$pullAll requires an array argument but was given a ${String(bsonTypeName(operand.type))}`);
  }
  return culling('$pullAll', membership(arrayValues(operand), collation));
};

function culling(operatorName: string, isUnwanted: (element: RawValue) => boolean): FieldOperator {
  return {
    create: () => undefined,
    change: (current) => {
      if (current.type !== BsonType.array) {
        throw new CommandError('BadValue', `Cannot apply ${operatorName} to a non-array value`);
      }
      const before = arrayValues(current);
      const after = before.filter((element) => !isUnwanted(element));
      return after.length === before.length ? current : arrayValue(after);
    },
  };
}

/** A document is a filter on elements that are documents; an operator or a regex is a condition on any; others are equalities. */
function conditionOf(operand: RawValue, environment: QueryEnvironment): (element: RawValue) => boolean {
  if (operand.type === BsonType.object && !beginsWithPathOperator(operand)) {
    const filter = compileFilter(operand.document(), environment);
    return (element) => element.type === BsonType.object && filter.matches(element);
  }
  if (operand.type === BsonType.object || operand.type === BsonType.regex) {
    const filter = compileFilter(documentOf([['element', operand]]), environment);
    return (element) => filter.matches(objectValue([['element', element]]));
  }
  return (element) => valuesEqual(element, operand, environment.collation);
}

/** Whether the first field is an operator on a value (`$gt`), not one on a document (`$and`) and not a field. */
function beginsWithPathOperator(operand: RawValue): boolean {
  const reader = ElementReader.of(operand);
  if (!reader.next()) return false;
  const name = reader.name();
  return name.startsWith('$') && !documentOperators.has(name);
}

const documentOperators: ReadonlySet<string> = new Set(['$and', '$or', '$nor', '$expr', '$jsonSchema', '$comment', '$where', '$text']);
