// PCRE patterns as JavaScript ones. MongoDB matches with PCRE2 in UTF mode; what JavaScript cannot say is refused, never approximated.
// Source: pcre2pattern(3) for the meaning of each construct.
import { CommandError } from '../../errors.js';
import { BoundedExpression } from '../../regular-expressions/bounded-expression.js';
import { classEscapes, endOrLastNewline, escapes, escapedLiterals, posixClasses } from './regex-escapes.js';

/** Thrown as MongoDB's "Regular expression is invalid". */
function invalidRegex(reason: string): CommandError {
  return new CommandError(51091, `Regular expression is invalid: ${reason}`);
}

/** PCRE's, as MongoDB has it built. */
const maxPatternBytes = 32_764;

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
        this.escape();
        return;
      case '[':
        this.characterClass();
        return;
      case '(':
        this.group();
        return;
      case '.':
        this.emit(this.modes.isDotAll ? '[\\s\\S]' : '[^\\n]', 1);
        return;
      case '^':
        this.emit(this.modes.isMultiline ? '(?:^|(?<=\\n)(?=[\\s\\S]))' : '^', 1);
        return;
      case '$':
        this.emit(this.modes.isMultiline ? '(?![^\\n])' : endOrLastNewline, 1);
        return;
      case '*':
      case '+':
      case '?':
        this.quantifier(character, 1);
        return;
      case '{':
        this.brace();
        return;
      case '}':
      case ']':
        this.emit(`\\${character}`, 1);
        return;
      default:
        this.literal(character);
        return;
    }
  }

  private literal(character: string): void {
    if (this.modes.isExtended && /\s/.test(character)) {
      this.emit('', 1);
      return;
    }
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
    if (match === null) {
      this.emit('\\{', 1);
      return;
    }
    this.quantifier(match[0], match[0].length);
  }

  private group(): void {
    const rest = this.source.slice(this.position);
    if (rest.startsWith('(?#')) {
      const end = rest.indexOf(')');
      if (end < 0) throw invalidRegex('missing ) after (?# comment');
      this.emit('', end + 1);
      return;
    }
    const inline = /^\(\?([imsx]+)\)/.exec(rest);
    if (inline !== null) {
      this.inlineModes(inline);
      return;
    }
    const named = /^\(\?(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/.exec(rest);
    if (named !== null) {
      this.emit(`(?<${named[1] ?? named[2]!}>`, named[0].length);
      return;
    }
    const plain = /^\((?:\?(?:[:=!]|<[=!]))/.exec(rest);
    if (plain !== null) {
      this.emit(plain[0], plain[0].length);
      return;
    }
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
    if (next === 'Q') {
      this.quoted();
      return;
    }
    if (next === 'E') {
      this.emit('', 2);
      return;
    }
    const known = escapes[next];
    if (known !== undefined) {
      this.emit(known, 2);
      return;
    }
    if (sameInBoth.test(next)) {
      this.emit(`\\${next}`, 2);
      return;
    }
    if (/[1-9]/.test(next)) {
      this.backReference();
      return;
    }
    const named = /^\\k(?:<(\w+)>|'(\w+)'|\{(\w+)\})/.exec(this.source.slice(this.position));
    if (named !== null) {
      this.emit(`\\k<${named[1] ?? named[2] ?? named[3]!}>`, named[0].length);
      return;
    }
    this.codePoint();
  }

  private quoted(): void {
    const end = this.source.indexOf('\\E', this.position + 2);
    const text = this.source.slice(this.position + 2, end < 0 ? undefined : end);
    for (const character of text) this.output += escapedLiterals.test(character) ? `\\${character}` : character;
    this.position = end < 0 ? this.source.length : end + 2;
  }

  /** Three octal digits are a character, as PCRE reads them where there are not so many groups. */
  private backReference(): void {
    const [digits] = /^[0-7]{3}|^\d+/.exec(this.source.slice(this.position + 1))!;
    const text = /^[0-7]{3}$/.test(digits) ? `\\u{${Number.parseInt(digits, 8).toString(16)}}` : `(?:\\${digits})`;
    this.emit(text, digits.length + 1);
  }

  /** `\x41`, `\x{1F600}`, `\p{L}`, `\cA`, `\012`, or an escaped literal. */
  private codePoint(): void {
    const rest = this.source.slice(this.position);
    const hexadecimal = /^\\x(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{0,2}))/.exec(rest);
    if (hexadecimal !== null) {
      const code = hexadecimal[1] ?? hexadecimal[2] ?? '';
      this.emit(`\\u{${code === '' ? '0' : code}}`, hexadecimal[0].length);
      return;
    }
    const property = /^\\[pP](?:\{(\^?)(\w+)\}|([A-Z]))/.exec(rest);
    if (property !== null) {
      this.property(property);
      return;
    }
    const octal = /^\\(0[0-7]{0,2})/.exec(rest);
    if (octal !== null) {
      this.emit(`\\u{${Number.parseInt(octal[1]!, 8).toString(16)}}`, octal[0].length);
      return;
    }
    const control = /^\\c([A-Za-z])/.exec(rest);
    if (control !== null) {
      this.emit(control[0], 3);
      return;
    }
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
      const members = posixClasses.get(posix[2]!);
      if (members === undefined || posix[1] === '^') throw invalidRegex('unknown POSIX class name');
      this.emit(members, posix[0].length);
      return;
    }
    const character = this.source[this.position]!;
    if (character === '\\') {
      this.classEscape();
      return;
    }
    this.emit(character === '[' || character === '/' ? `\\${character}` : character, 1);
  }

  private classEscape(): void {
    const next = this.source[this.position + 1];
    if (next === undefined) throw invalidRegex('\\ at end of pattern');
    const known = classEscapes[next];
    if (known !== undefined) {
      this.emit(known, 2);
      return;
    }
    if (/[dDwWnrtf]/.test(next)) {
      this.emit(`\\${next}`, 2);
      return;
    }
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
export function translateRegex(pattern: string, options: string): BoundedExpression {
  const modes: Modes = { isMultiline: false, isDotAll: false, isExtended: false, isCaseInsensitive: false };
  for (const letter of options) setMode(modes, letter);
  if (pattern.includes('\0')) throw new CommandError('BadValue', 'Regular expression cannot contain an embedded null byte');
  if (Buffer.byteLength(pattern) > maxPatternBytes) throw invalidRegex('regular expression is too large');
  const source = new Translation(pattern, modes).run();
  try {
    return new BoundedExpression(source, modes.isCaseInsensitive ? 'iu' : 'u');
  } catch (error) {
    throw invalidRegex(error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : String(error));
  }
}
