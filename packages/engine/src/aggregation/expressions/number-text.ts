// Doubles as text, as MongoDB turns them into strings: six significant digits (C's %g), `NaN`, `Infinity`, `-0`.

export function doubleText(number: number): string {
  if (Object.is(number, -0)) return '-0';
  if (number === 0 || !Number.isFinite(number)) return String(number);
  const [mantissa, power] = number.toExponential(5).split('e') as [string, string];
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return trimmed(number.toFixed(5 - exponent));
  return `${trimmed(mantissa)}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function trimmed(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
}
