// A running sum with MongoDB's rules: exact over integers, compensated over doubles, exact decimals apart.
// Source: the manual's page "$sum (aggregation)"; the result has the widest type among the addends.
import { add, divide } from '../../bson/arithmetic.js';
import { decimalFromBigInt, decimalValue, exactDecimalOfDouble, roundToDecimal128 } from '../../bson/decimal.js';
import { BsonType } from '../../bson/types.js';
import { doubleValue, int32Value, int64Value } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CompensatedSum } from './compensated-sum.js';

/** Up to here a JavaScript number counts integers exactly. */
const safeLimit = 2 ** 52;

export class NumericSum {
  private smallIntegers = 0;
  private bigIntegers = 0n;
  private doubles: CompensatedSum | undefined;
  private decimals: RawValue | undefined;
  private hasLong = false;
  /** How many numbers were added. */
  count = 0;

  /** Adds a number; anything else is passed over. */
  add(value: RawValue): void {
    switch (value.type) {
      case BsonType.int:
        this.addInteger(value.int32());
        break;
      case BsonType.long:
        this.hasLong = true;
        this.bigIntegers += value.int64();
        break;
      case BsonType.double:
        this.doubles ??= new CompensatedSum();
        this.doubles.add(value.double());
        break;
      case BsonType.decimal:
        this.decimals = this.decimals === undefined ? value : add(this.decimals, value);
        break;
      default:
        return;
    }
    this.count += 1;
  }

  /** The sum in the widest type that was added: int (long where it does not fit), long (double), double, decimal. */
  total(): RawValue {
    if (this.decimals !== undefined) return this.decimalTotal(this.decimals);
    if (this.doubles !== undefined) return doubleValue(this.doubleTotal(this.doubles));
    const integers = this.integers();
    if (!this.hasLong && integers >= -(2n ** 31n) && integers < 2n ** 31n) return int32Value(Number(integers));
    return BigInt.asIntN(64, integers) === integers ? int64Value(integers) : doubleValue(Number(integers));
  }

  /** The mean: a decimal where one was added, else a double; undefined where nothing was added. */
  mean(): RawValue | undefined {
    if (this.count === 0) return undefined;
    if (this.decimals !== undefined) return divide(this.decimalTotal(this.decimals), int64Value(BigInt(this.count)));
    return doubleValue(this.asDouble() / this.count);
  }

  private asDouble(): number {
    return this.doubles === undefined ? Number(this.integers()) : this.doubleTotal(this.doubles);
  }

  private addInteger(value: number): void {
    this.smallIntegers += value;
    if (Math.abs(this.smallIntegers) < safeLimit) return;
    this.bigIntegers += BigInt(this.smallIntegers);
    this.smallIntegers = 0;
  }

  private integers(): bigint {
    return this.bigIntegers + BigInt(this.smallIntegers);
  }

  private doubleTotal(doubles: CompensatedSum): number {
    return doubles.plusInteger(this.integers());
  }

  private decimalTotal(decimals: RawValue): RawValue {
    if (this.doubles === undefined) return add(decimals, decimalValue(decimalFromBigInt(this.integers())));
    const [sum, error] = this.doubles.partsWith(this.integers()).map((part) => decimalValue(roundToDecimal128(exactDecimalOfDouble(part))));
    return add(decimals, add(sum!, error!));
  }
}
