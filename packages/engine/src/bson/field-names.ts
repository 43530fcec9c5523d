// Names of fields as strings. The same few come again and again, in every command and document: a small table of those last
// seen saves decoding them. What it holds is bounded, whatever clients send.

interface KnownName {
  readonly text: string;
  /** Its bytes, all of them ASCII, one character each. */
  readonly length: number;
}

const slots = 1024;
const longestKept = 24;
const known: (KnownName | undefined)[] = new Array<KnownName | undefined>(slots).fill(undefined);

function isText(text: string, bytes: Buffer, start: number): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

/** The UTF-8 text of `bytes[start, end)`. */
export function fieldName(bytes: Buffer, start: number, end: number): string {
  const length = end - start;
  if (length > longestKept) return bytes.toString('utf8', start, end);
  let hash = length;
  for (let i = start; i < end; i += 1) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
  const slot = (hash ^ (hash >>> 10)) & (slots - 1);
  const found = known[slot];
  if (found?.length === length && isText(found.text, bytes, start)) return found.text;
  const text = bytes.toString('utf8', start, end);
  // Characters of several bytes would not be told apart by a comparison of characters with bytes.
  if (text.length === length) known[slot] = { text, length };
  return text;
}
