// A sum of doubles that carries its own rounding error (Knuth's two-sum), as MongoDB's $sum does: 0.1 ten times is 1.

export class CompensatedSum {
  private sum = 0;
  private error = 0;
  /** Infinities and NaN apart, since they would spoil the error term. */
  private special = 0;

  add(value: number): void {
    if (Number.isFinite(value)) this.addFinite(value);
    else this.special += value;
  }

  /** The sum with an exact integer added. */
  plusInteger(integer: bigint): number {
    const [sum, error] = this.partsWith(integer);
    return sum + error;
  }

  /** The same in its two parts, which together are exact where one double is not. */
  partsWith(integer: bigint): readonly [sum: number, error: number] {
    if (this.special !== 0) return [this.special, 0];
    const total = new CompensatedSum();
    total.sum = this.sum;
    total.error = this.error;
    for (let rest = integer; rest !== 0n; ) {
      const part = Number(rest);
      total.addFinite(part);
      rest -= BigInt(part);
    }
    return [total.sum, total.error];
  }

  private addFinite(value: number): void {
    const sum = this.sum + value;
    if (!Number.isFinite(sum)) {
      this.special += sum;
      return;
    }
    const virtual = sum - this.sum;
    this.error += this.sum - (sum - virtual) + (value - virtual);
    this.sum = sum;
  }
}
