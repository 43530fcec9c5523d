// Strings by code point, which is what MongoDB's ...CP operators count.

export function codePoints(text: string): readonly string[] {
  return Array.from(text);
}

export function codePointCount(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    const isLowSurrogate = (text.charCodeAt(index) & 0xfc00) === 0xdc00;
    if (!isLowSurrogate) count += 1;
  }
  return count;
}
