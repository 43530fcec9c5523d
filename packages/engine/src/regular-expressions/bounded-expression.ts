// A regular expression whose searches end: one that may go on and on is stopped, as PCRE stops at its match limit.
import { CommandError } from '../errors.js';
import { lengthWithin, readBacktracking } from './backtracking.js';
import { watched } from './watched.js';

/** Searches of fewer steps, some 20 ms, run unwatched. */
const unwatchedSteps = 10_000_000;
export const searchLimit_ms = 250;
/** A search that took so long is counted as a long one, and all long ones of one expression may take so long together. */
const longSearch_ms = 20;
export const longSearchesLimit_ms = 1000;

function limitExceeded(): CommandError {
  return new CommandError(51156, 'Error occurred while executing the regular expression. Result code: match limit exceeded');
}

export class BoundedExpression {
  private readonly expression: RegExp;
  /** Texts of up to this length are searched unwatched. */
  private readonly shortLength: number;
  private everywhere: RegExp | undefined;
  private longSearches_ms = 0;

  /** Throws SyntaxError for an invalid pattern. */
  constructor(source: string, flags: string) {
    this.expression = new RegExp(source, flags);
    this.shortLength = lengthWithin(readBacktracking(source), unwatchedSteps);
  }

  test(text: string): boolean {
    if (this.isShort(text)) return this.expression.test(text);
    return this.watch(() => ({ found: this.expression.test(text) })).found;
  }

  exec(text: string): RegExpExecArray | null {
    if (this.isShort(text)) return this.expression.exec(text);
    return this.watch(() => ({ match: this.expression.exec(text) })).match;
  }

  all(text: string): readonly RegExpExecArray[] {
    const everywhere = (this.everywhere ??= new RegExp(this.expression.source, `${this.expression.flags}g`));
    const search = (): RegExpExecArray[] => [...text.matchAll(everywhere)];
    return this.isShort(text) ? search() : this.watch(search);
  }

  private isShort(text: string): boolean {
    return text.length <= this.shortLength;
  }

  private watch<Result extends object>(search: () => Result): Result {
    const started_ms = performance.now();
    const result = watched(search, searchLimit_ms);
    const took_ms = performance.now() - started_ms;
    if (took_ms > longSearch_ms) this.longSearches_ms += took_ms;
    if (result === undefined || this.longSearches_ms > longSearchesLimit_ms) throw limitExceeded();
    return result;
  }
}
