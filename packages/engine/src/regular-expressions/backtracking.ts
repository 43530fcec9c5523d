// How much work a search may be, read off the pattern: JavaScript's matcher tries every way to split a text among quantifiers, so
// `(a+)+$` on thirty letters takes minutes. The estimate errs on the side of too much.

export interface Backtracking {
  /** A repeated group that itself has a choice: the ways to match multiply with every character. */
  readonly isExponential: boolean;
  /** For each quantifier, in how many ways it may end. */
  readonly choices: readonly number[];
  /** A match begins at the first character or nowhere. */
  readonly isAnchored: boolean;
}

interface Group {
  hasChoice: boolean;
  readonly isLookaround: boolean;
}

/** The last atom that was read, which a quantifier would repeat. */
interface Atom {
  readonly hasChoice: boolean;
}

interface Repetition {
  readonly least: number;
  readonly most: number;
  readonly length: number;
}

const groupStart = /\((?:\?(?:<[A-Za-z_$][^>]*>|[:=!]|<[=!]))?/y;
const lookaround = /^\(\?<?[=!]/;
const escape = /\\(?:[pPu]\{[^}]*\}|k<[^>]*>|u[\dA-Fa-f]{4}|x[\dA-Fa-f]{2}|[\s\S])/y;
const characterClass = /\[(?:\\[\s\S]|[^\]\\])*\]/y;
const repetition = /(?:[*+?]|\{(\d+)(,(\d*))?\})\??/y;

function at(pattern: RegExp, source: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(source);
}

function repetitionAt(source: string, position: number): Repetition | undefined {
  const found = at(repetition, source, position);
  if (found === null) return undefined;
  const [text, least, , most] = found;
  const length = text.length;
  if (text.startsWith('*')) return { least: 0, most: Infinity, length };
  if (text.startsWith('+')) return { least: 1, most: Infinity, length };
  if (text.startsWith('?')) return { least: 0, most: 1, length };
  if (found[2] === undefined) return { least: Number(least), most: Number(least), length };
  return { least: Number(least), most: most === undefined || most === '' ? Infinity : Number(most), length };
}

class Reading {
  private readonly groups: Group[] = [{ hasChoice: false, isLookaround: false }];
  private readonly choices: number[] = [];
  private isExponential = false;
  private hasAlternatives = false;
  private position = 0;

  constructor(private readonly source: string) {}

  run(): Backtracking {
    while (this.position < this.source.length) {
      const atom = this.atom();
      const repeated = repetitionAt(this.source, this.position);
      if (atom === undefined || repeated === undefined) continue;
      this.position += repeated.length;
      this.repeat(atom, repeated);
    }
    return { isExponential: this.isExponential, choices: this.choices, isAnchored: this.source.startsWith('^') && !this.hasAlternatives };
  }

  private repeat(atom: Atom, { least, most }: Repetition): void {
    if (atom.hasChoice && most > 1) this.isExponential = true;
    if (least === most) return;
    // What ends a pattern never has to give anything back.
    if (this.groups.length > 1 || this.position < this.source.length || this.hasAlternatives) this.choices.push(most - least + 1);
    this.groups.at(-1)!.hasChoice = true;
  }

  /** Reads one atom; undefined where what was read cannot be repeated. */
  private atom(): Atom | undefined {
    const { source, position } = this;
    const opening = at(groupStart, source, position);
    if (opening !== null) {
      this.groups.push({ hasChoice: false, isLookaround: lookaround.test(opening[0]) });
      this.position += opening[0].length;
      return undefined;
    }
    if (source[position] === ')') return this.closeGroup();
    if (source[position] === '|') {
      this.alternative();
      return undefined;
    }
    const found = at(escape, source, position) ?? at(characterClass, source, position);
    this.position += found?.[0].length ?? 1;
    // A reference to a group is as long as the group.
    if (found !== null && /^\\[1-9k]/.test(found[0])) this.choices.push(Infinity);
    return { hasChoice: false };
  }

  private closeGroup(): Atom {
    this.position += 1;
    const { hasChoice, isLookaround } = this.groups.pop()!;
    // Nothing goes back into a lookaround that was left.
    const isChoice = hasChoice && !isLookaround;
    if (isChoice) this.groups.at(-1)!.hasChoice = true;
    return { hasChoice: isChoice };
  }

  private alternative(): void {
    this.position += 1;
    this.groups.at(-1)!.hasChoice = true;
    if (this.groups.length === 1) this.hasAlternatives = true;
  }
}

/** Reads a valid JavaScript pattern with the flag `u`. */
export function readBacktracking(source: string): Backtracking {
  return new Reading(source).run();
}

/** The most steps that a search in a text of this length may take, about. */
export function stepsOf({ isExponential, choices, isAnchored }: Backtracking, length: number): number {
  if (isExponential) return 2 ** length;
  return choices.reduce((steps, ways) => steps * Math.min(ways, length + 1), isAnchored ? 1 : length + 1);
}

/** No text is longer: a document is not. */
const longestText = 2 ** 25;

/** The length up to which a search stays within so many steps. */
export function lengthWithin(backtracking: Backtracking, steps: number): number {
  let within = 0;
  for (let stride = longestText; stride >= 1; stride /= 2) {
    if (stepsOf(backtracking, within + stride) <= steps) within += stride;
  }
  return within;
}
