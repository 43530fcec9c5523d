// What PCRE's escapes and classes are in JavaScript's notation. Source: pcre2pattern(3).
const beginning = '(?<![\\s\\S])';
const veryEnd = '(?![\\s\\S])';
/** What `$` means in PCRE without `m`: the end, or before a newline that ends the text. */
export const endOrLastNewline = '(?=\\n?(?![\\s\\S]))';
/** Characters that mean something outside of a class unless escaped. */
export const escapedLiterals = /[\\^$.*+?()[\]{}|/]/;

/** PCRE's escapes that mean something else in JavaScript, or nothing. */
export const escapes: Readonly<Record<string, string>> = {
  A: beginning,
  z: veryEnd,
  Z: endOrLastNewline,
  a: '\\x07',
  e: '\\x1b',
  h: '[\\t \\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000]',
  H: '[^\\t \\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000]',
  v: '[\\n\\x0b\\f\\r\\x85\\u2028\\u2029]',
  V: '[^\\n\\x0b\\f\\r\\x85\\u2028\\u2029]',
  N: '[^\\n]',
  R: '(?:\\r\\n|[\\n\\x0b\\f\\r\\x85\\u2028\\u2029])',
  s: '[\\t-\\r ]',
  S: '[^\\t-\\r ]',
};

/** The same inside a character class. */
export const classEscapes: Readonly<Record<string, string>> = {
  a: '\\x07',
  e: '\\x1b',
  h: '\\t \\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000',
  v: '\\n\\x0b\\f\\r\\x85\\u2028\\u2029',
  s: '\\t-\\r ',
  b: '\\x08',
  S: '\\u{0}-\\u{8}\\u{e}-\\u{1f}!-\\u{10ffff}',
};

/** `[:alpha:]` and the like, as members of a JavaScript class. */
export const posixClasses: ReadonlyMap<string, string> = new Map(Object.entries({
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t-\\r ',
  upper: 'A-Z',
  word: 'A-Za-z0-9_',
  xdigit: 'A-Fa-f0-9',
}));
