// PCRE patterns as JavaScript ones. MongoDB matches with PCRE2 in UTF mode; what JavaScript cannot say is refused, never approximated.
// Source: pcre2pattern(3) for the meaning of each construct.
import { CommandError } from '../../errors.js';

/** Thrown as MongoDB's "Regular expression is invalid". */
export function invalidRegex(reason: string): CommandError {
  return new CommandError(51091, `Regular expression is invalid: ${reason}`);
}

const beginning = '(?<![\\s\\S])';
const veryEnd = '(?![\\s\\S])';
const endOrLastNewline = '(?=\\n?(?![\\s\\S]))';
const escapedLiterals = /[\\^$.*+?()[\]{}|/]/;

/** PCRE's escapes that mean something else in JavaScript, or nothing. */
const escapes: Readonly<Record<string, string>> = {
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
const classEscapes: Readonly<Record<string, string>> = {
  a: '\\x07',
  e: '\\x1b',
  h: '\\t \\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000',
  v: '\\n\\x0b\\f\\r\\x85\\u2028\\u2029',
  s: '\\t-\\r ',
  b: '\\x08',
  S: '\\u{0}-\\u{8}\\u{e}-\\u{1f}!-\\u{10ffff}',
};

const posixClasses: Readonly<Record<string, string>> = {
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
};

const sameInBoth = /^[dDwWbBnrtf]$/;

interface Modes {
  isMultiline: boolean;
  isDotAll: boolean;
  isExtended: boolean;
  isCaseInsensitive: boolean;
}

/** Translates one pattern; `source` is read from `position` on, `output` grows. */
class Translation {
  private position = 0;
  private output = '';

  constructor(
    private readonly source: string,
    private readonly modes: Modes,
  ) {}

  run(): string {
    while (this.position < this.source.length) this.step();
    return this.output;
  }

  private step(): void {
    const character = this.source[this.position]!;
    switch (character) {
      case '\\':
        return this.escape();
      case '[':
        return this.characterClass();
      case '(':
        return this.group();
      case '.':
        return this.emit(this.modes.isDotAll ? '[\\s\\S]' : '[^\\n]', 1);
      case '^':
        return this.emit(this.modes.isMultiline ? '(?:^|(?<=\\n)(?=[\\s\\S]))' : '^', 1);
      case '$':
        return this.emit(this.modes.isMultiline ? '(?![^\\n])' : endOrLastNewline, 1);
      case '*':
      case '+':
      case '?':
        return this.quantifier(character, 1);
      case '{':
        return this.brace();
      case '}':
      case ']':
        return this.emit(`\\${character}`, 1);
      default:
        return this.literal(character);
    }
  }

  private literal(character: string): void {
    if (this.modes.isExtended && /\s/.test(character)) return this.emit('', 1);
    if (this.modes.isExtended && character === '#') {
      const end = this.source.indexOf('\n', this.position);
      this.position = end < 0 ? this.source.length : end + 1;
      return;
    }
    this.emit(character === '/' ? '\\/' : character, 1);
  }

  private emit(text: string, consumed: number): void {
    this.output += text;
    this.position += consumed;
  }

  /** A possessive `*+` never gives back what it took, which JavaScript cannot say. */
  private quantifier(text: string, consumed: number): void {
    this.emit(text, consumed);
    if (this.source[this.position] === '+') throw invalidRegex('possessive quantifiers are not supported');
    if (this.source[this.position] === '?') this.emit('?', 1);
  }

  private brace(): void {
    const match = /^\{(\d+(?:,\d*)?)\}/.exec(this.source.slice(this.position));
    if (match === null) return this.emit('\\{', 1);
    this.quantifier(match[0], match[0].length);
  }

  private group(): void {
    const rest = this.source.slice(this.position);
    if (rest.startsWith('(?#')) {
      const end = rest.indexOf(')');
      if (end < 0) throw invalidRegex('missing ) after (?# comment');
      return this.emit('', end + 1);
    }
    const inline = /^\(\?([imsx]+)\)/.exec(rest);
    if (inline !== null) return this.inlineModes(inline);
    const named = /^\(\?(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/.exec(rest);
    if (named !== null) return this.emit(`(?<${named[1] ?? named[2]!}>`, named[0].length);
    const plain = /^\((?:\?(?:[:=!]|<[=!]))/.exec(rest);
    if (plain !== null) return this.emit(plain[0], plain[0].length);
    if (/^\([?*]/.test(rest)) throw invalidRegex(`the group ${rest.slice(0, 4)} is not supported`);
    this.emit('(', 1);
  }

  /** `(?i)` holds from where it stands to the end of its group; JavaScript can say so where nothing before it is affected. */
  private inlineModes(match: RegExpExecArray): void {
    if (/[\p{L}(.$[]/u.test(this.source.slice(0, this.position).replace(/\(\?[imsx]+\)/g, ''))) {
      throw invalidRegex(`${match[0]} is supported at the beginning of a pattern only`);
    }
    for (const letter of match[1]!) setMode(this.modes, letter);
    this.emit('', match[0].length);
  }

  private escape(): void {
    const next = this.source[this.position + 1];
    if (next === undefined) throw invalidRegex('\\ at end of pattern');
    if (next === 'Q') return this.quoted();
    if (next === 'E') return this.emit('', 2);
    const known = escapes[next];
    if (known !== undefined) return this.emit(known, 2);
    if (sameInBoth.test(next)) return this.emit(`\\${next}`, 2);
    if (/[1-9]/.test(next)) return this.backReference();
    const named = /^\\k(?:<(\w+)>|'(\w+)'|\{(\w+)\})/.exec(this.source.slice(this.position));
    if (named !== null) return this.emit(`\\k<${named[1] ?? named[2] ?? named[3]!}>`, named[0].length);
    this.codePoint();
  }

  private quoted(): void {
    const end = this.source.indexOf('\\E', this.position + 2);
    const text = this.source.slice(this.position + 2, end < 0 ? undefined : end);
    for (const character of text) this.output += escapedLiterals.test(character) ? `\\${character}` : character;
    this.position = end < 0 ? this.source.length : end + 2;
  }

  private backReference(): void {
    const [digits] = /^\d+/.exec(this.source.slice(this.position + 1))!;
    this.emit(`(?:\\${digits})`, digits.length + 1);
  }

  /** `\x41`, `\x{1F600}`, `\p{L}`, `\cA`, `\012`, or an escaped literal. */
  private codePoint(): void {
    const rest = this.source.slice(this.position);
    const hexadecimal = /^\\x(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{0,2}))/.exec(rest);
    if (hexadecimal !== null) {
      const code = hexadecimal[1] ?? hexadecimal[2] ?? '';
      return this.emit(`\\u{${code === '' ? '0' : code}}`, hexadecimal[0].length);
    }
    const property = /^\\[pP](?:\{(\^?)(\w+)\}|([A-Z]))/.exec(rest);
    if (property !== null) return this.property(property);
    const octal = /^\\(0[0-7]{0,2})/.exec(rest);
    if (octal !== null) return this.emit(`\\u{${Number.parseInt(octal[1]!, 8).toString(16)}}`, octal[0].length);
    const control = /^\\c([A-Za-z])/.exec(rest);
    if (control !== null) return this.emit(control[0], 3);
    const character = String.fromCodePoint(rest.codePointAt(1)!);
    if (/[A-Za-z0-9]/.test(character)) throw invalidRegex('unrecognized character follows \\');
    this.emit(escapedLiterals.test(character) || character === '-' ? classSafe(character) : character, 1 + character.length);
  }

  private property(match: RegExpExecArray): void {
    const isNegated = (match[0][1] === 'P') !== (match[1] === '^');
    const name = match[2] ?? match[3]!;
    const isScript = name.length > 2;
    this.emit(`\\${isNegated ? 'P' : 'p'}{${isScript ? `Script=${name}` : name}}`, match[0].length);
  }

  private characterClass(): void {
    this.emit('[', 1);
    if (this.source[this.position] === '^') this.emit('^', 1);
    if (this.source[this.position] === ']') this.emit('\\]', 1);
    while (this.source[this.position] !== ']') {
      if (this.position >= this.source.length) throw invalidRegex('missing terminating ] for character class');
      this.classMember();
    }
    this.emit(']', 1);
  }

  private classMember(): void {
    const posix = /^\[:(\^?)(\w+):\]/.exec(this.source.slice(this.position));
    if (posix !== null) {
      const members = posixClasses[posix[2]!];
      if (members === undefined || posix[1] === '^') throw invalidRegex('unknown POSIX class name');
      return this.emit(members, posix[0].length);
    }
    const character = this.source[this.position]!;
    if (character === '\\') return this.classEscape();
    this.emit(character === '[' || character === '/' ? `\\${character}` : character, 1);
  }

  private classEscape(): void {
    const next = this.source[this.position + 1];
    if (next === undefined) throw invalidRegex('\\ at end of pattern');
    const known = classEscapes[next];
    if (known !== undefined) return this.emit(known, 2);
    if (/[dDwWnrtf]/.test(next)) return this.emit(`\\${next}`, 2);
    if (/[HVRNBAzZ]/.test(next)) throw invalidRegex(`the escape \\${next} is not supported in a character class`);
    if (/[1-7]/.test(next)) throw invalidRegex('octal escapes in a character class are not supported');
    this.codePoint();
  }
}

/** An escaped punctuation character as a code point: valid inside and outside of a class. */
function classSafe(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}

function setMode(modes: Modes, letter: string): void {
  if (letter === 'm') modes.isMultiline = true;
  else if (letter === 's') modes.isDotAll = true;
  else if (letter === 'x') modes.isExtended = true;
  else if (letter === 'i') modes.isCaseInsensitive = true;
  else if (letter !== 'u') throw new CommandError(51108, `invalid flag in regex options: ${letter}`);
}

/** Compiles a PCRE pattern with MongoDB's options `imsxu`. */
export function translateRegex(pattern: string, options: string): RegExp {
  const modes: Modes = { isMultiline: false, isDotAll: false, isExtended: false, isCaseInsensitive: false };
  for (const letter of options) setMode(modes, letter);
  if (pattern.includes('\0')) throw new CommandError('BadValue', 'Regular expression cannot contain an embedded null byte');
  const source = new Translation(pattern, modes).run();
  try {
    return new RegExp(source, modes.isCaseInsensitive ? 'iu' : 'u');
  } catch (error) {
    throw invalidRegex(error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : String(error));
  }
}
