// $tsSecond and $tsIncrement. Source: the manual's pages of the same names.
import { BsonType } from '../../bson/types.js';
import { int64Value, nullValue } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import { isNullish, type OperatorCompiler } from './compile-context.js';
import { typeNameOf, unary } from './operands.js';

function timestampPart(code: number, read: (timestamp: bigint) => bigint): OperatorCompiler {
  return unary((value, _environment, name) => {
    if (isNullish(value)) return nullValue;
    if (value.type !== BsonType.timestamp) throw new CommandError(code, ` Argument to ${name} must be a timestamp, but is ${typeNameOf(value)}`);
    return int64Value(read(value.uint64()));
  });
}

export const tsSecond = timestampPart(5687301, (timestamp) => timestamp >> 32n);
export const tsIncrement = timestampPart(5687302, (timestamp) => timestamp & 0xffffffffn);
