// Doubles as text, as the server's own C++ prints them: `%g` with a number of significant digits.

/** C's `%.<digits>g`, which writes `inf` and `nan`. */
export function significantText(number: number, digits: number): string {
  if (Number.isNaN(number)) return 'nan';
  if (!Number.isFinite(number)) return number > 0 ? 'inf' : '-inf';
  if (number === 0) return Object.is(number, -0) ? '-0' : '0';
  const [mantissa, power] = number.toExponential(digits - 1).split('e') as [string, string];
  const exponent = Number(power);
  if (exponent >= -4 && exponent < digits) return trimmed(number.toFixed(digits - 1 - exponent));
  return `${trimmed(mantissa)}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function trimmed(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
}

/** What `$toString` makes of a double: six significant digits, `NaN`, `Infinity`. */
export function doubleText(number: number): string {
  return Number.isFinite(number) ? significantText(number, 6) : String(number);
}
