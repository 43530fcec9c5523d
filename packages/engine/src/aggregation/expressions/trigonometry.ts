// $sin, $cos, ... Source: the manual's page "Trigonometry Expression Operators"; error 50989 outside of a function's domain.
import { asDouble } from '../../bson/conversion.js';
import { decimalOf, decimalValue, type Decimal } from '../../bson/decimal.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { doubleValue, nullValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeComputed } from '../describe-value.js';
import { isNullish, type OperatorCompiler } from './compile-context.js';
import * as decimals from './decimal-trigonometry.js';
import { binary, typeNameOf, unary } from './operands.js';

interface Domain {
  readonly text: string;
  contains(x: number): boolean;
}

const anything: Domain = { text: '', contains: () => true };
const finite: Domain = { text: '(-inf,inf)', contains: (x) => Number.isFinite(x) || Number.isNaN(x) };
const unit: Domain = { text: '[-1,1]', contains: (x) => !(Math.abs(x) > 1) };
const fromOne: Domain = { text: '[1,inf]', contains: (x) => !(x < 1) };

function ofAngle(compute: (x: number) => number, computeDecimal: (x: Decimal) => Decimal, domain: Domain): OperatorCompiler {
  return unary((value, _environment, name) => {
    if (isNullish(value)) return nullValue;
    requireNumber(value, name);
    const x = asDouble(value);
    if (!domain.contains(x)) {
      throw new CommandError(50989, `cannot apply ${name} to ${describeComputed(value)}, value must be in ${domain.text}`);
    }
    return value.type === BsonType.decimal ? decimalValue(computeDecimal(decimalOf(value))) : doubleValue(compute(x));
  });
}

function requireNumber(value: RawValue, name: string): void {
  if (!isNumericType(value.type)) throw new CommandError(28765, `${name} only supports numeric types, not ${typeNameOf(value)}`);
}

export const sin = ofAngle(Math.sin, decimals.sine, finite);
export const cos = ofAngle(Math.cos, decimals.cosine, finite);
export const tan = ofAngle(Math.tan, decimals.tangent, finite);
export const asin = ofAngle(Math.asin, decimals.arcSine, unit);
export const acos = ofAngle(Math.acos, decimals.arcCosine, unit);
export const atan = ofAngle(Math.atan, decimals.arcTangent, anything);
export const sinh = ofAngle(Math.sinh, decimals.hyperbolicSine, anything);
export const cosh = ofAngle(Math.cosh, decimals.hyperbolicCosine, anything);
export const tanh = ofAngle(Math.tanh, decimals.hyperbolicTangent, anything);
export const asinh = ofAngle(Math.asinh, decimals.areaSine, anything);
export const acosh = ofAngle(Math.acosh, decimals.areaCosine, fromOne);
export const atanh = ofAngle(Math.atanh, decimals.areaTangent, unit);

const degreesPerRadian = 180 / Math.PI;
export const degreesToRadians = ofAngle((x) => x * (Math.PI / 180), decimals.radiansOfDegrees, anything);
export const radiansToDegrees = ofAngle((x) => x * degreesPerRadian, decimals.degreesOfRadians, anything);

export const atan2 = binary((y, x, _environment, name) => {
  if (isNullish(y) || isNullish(x)) return nullValue;
  for (const [operand, code] of [[y, 51044], [x, 51045]] as const) {
    if (!isNumericType(operand.type)) throw new CommandError(code, `${name} only supports numeric types, not ${typeNameOf(operand)}`);
  }
  if (y.type === BsonType.decimal || x.type === BsonType.decimal) return decimalValue(decimals.arcTangent2(y, x));
  return doubleValue(Math.atan2(asDouble(y), asDouble(x)));
});
