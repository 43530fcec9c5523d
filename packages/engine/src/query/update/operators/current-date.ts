// `$currentDate`: the time of the command as a date or a timestamp. Source: the manual's page "$currentDate".
import { CommandError } from '../../../errors.js';
import type { RawValue } from '../../../bson/raw-value.js';
import { elements } from '../../../bson/reader.js';
import { BsonType, bsonTypeName } from '../../../bson/types.js';
import { dateValue, timestampValue } from '../../../bson/values.js';
import type { OperatorFactory } from '../field-operator.js';

export const compileCurrentDate: OperatorFactory = (operand, _fieldPath, environment) => {
  const now = typeOf(operand) === 'date' ? dateValue(BigInt(environment.now_ms)) : timestampValue(environment.clusterTime);
  return { change: () => now, create: () => now };
};

function typeOf(operand: RawValue): 'date' | 'timestamp' {
  if (operand.type === BsonType.bool) return 'date';
  if (operand.type !== BsonType.object) {
    const advice = "Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).";
    throw new CommandError('BadValue', `${String(bsonTypeName(operand.type))} is not valid type for $currentDate. ${advice}`);
  }
  let type: 'date' | 'timestamp' | undefined;
  for (const [name, value] of elements(operand)) {
    if (name !== '$type') throw new CommandError('BadValue', `Unrecognized $currentDate option: ${name}`);
    const text = value.type === BsonType.string ? value.string() : '';
    if (text === 'date' || text === 'timestamp') type = text;
  }
  if (type !== undefined) return type;
  const example = "{$currentDate: {field : {$type: 'date'}}}";
  throw new CommandError('BadValue', `The '$type' string field is required to be 'date' or 'timestamp': ${example}`);
}
