import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldedLanguages, foldText } from './collation-fold.js';

const anything = { numericOrdering: false };

/** Every character that there is; of the many ideographs and syllables some. */
function characters(): string[] {
  const all: string[] = [];
  for (let code = 1; code < 0x2_ffff; code += 1) {
    const isOneOfMany = (code >= 0x3400 && code < 0x9f00) || (code >= 0xac00 && code < 0xd7a4) || code >= 0x2_0000;
    if ((code >= 0xd800 && code <= 0xf8ff) || (isOneOfMany && code % 50 > 0)) continue;
    const character = String.fromCodePoint(code);
    if (/\p{Assigned}/u.test(character)) all.push(character);
  }
  return all;
}

/** The characters that have a fold, their folds, and combinations of letters, each with its fold. */
function foldedTexts(): [string, string][] {
  const letters = Array.from('abcdefghijklmnopqrstuvwxyz');
  const pairs = letters.flatMap((a) => letters.flatMap((b) => [a + b, ...Array.from('aescyzkl').map((c) => a + b + c)]));
  const texts = characters().concat(pairs);
  const folded = texts.flatMap((text) => foldText(text, anything) ?? []);
  return [...new Set([...texts, ...folded])].flatMap((text): [string, string][] => {
    const fold = foldText(text, anything);
    return fold === undefined ? [] : [[text, fold]];
  });
}

const texts = foldedTexts();

/** Neighbours in the language's order that it calls equal at its coarsest, and that fold apart. */
function mistakes(language: string, ignorePunctuation: boolean): string[] {
  const { compare } = new Intl.Collator(language, { sensitivity: 'base', ignorePunctuation });
  const ordered = [...texts].sort(([a], [b]) => compare(a, b));
  return ordered.flatMap(([text, fold], position) => {
    const [before, foldBefore] = ordered[position - 1] ?? [text, fold];
    return fold !== foldBefore && compare(before, text) === 0 ? [`${before} ${text}`] : [];
  });
}

describe('the fold of a text', () => {
  it.each([...foldedLanguages])('is the same for all that %s calls equal', (language) => {
    expect(mistakes(language, false)).toEqual([]);
  });

  it('is the same for texts that differ in punctuation alone, which a collation may leave out', () => {
    expect(mistakes('en', true)).toEqual([]);
  });

  it('is the same for equal texts of many characters', () => {
    const piece = fc.constantFrom('a', 'A', 'á', 'å', 'ae', 'æ', 'Æ', 'ss', 'ß', 'ẞ', 'e', 'é', 'e\u0301', 'ﬁ', 'fi', 'я', 'Я', 'и', 'й', 'σ', 'ς', 'ά', '\u200b', '\u00ad', '０', '0', '7', ' ', '-', '中', 'か', 'カ', 'i', 'İ', 'ı', 'I');
    const text = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, text, fc.constantFrom('en', 'de', 'fr', 'tr', 'lt', 'ru', 'el', 'zh'), fc.constantFrom<Intl.CollatorOptions['sensitivity']>('base', 'accent', 'case', 'variant'), (a, b, language, sensitivity) => {
        if (new Intl.Collator(language, { sensitivity }).compare(a, b) === 0) expect(foldText(a, anything)).toBe(foldText(b, anything));
      }),
      { numRuns: 20_000 },
    );
  });

  it('leaves numbers out where they count by their value', () => {
    expect([foldText('a07b', { numericOrdering: true }), foldText('a7b', { numericOrdering: true })]).toEqual(['ab', 'ab']);
  });

  it('tells names apart', () => {
    expect(['Ana', 'ANA', 'Áná', 'Bob', 'josé@example.com'].map((text) => foldText(text, anything))).toEqual(['ana', 'ana', 'ana', 'bob', 'joseexamplecom']);
  });

  it('is not known for numbers of other scripts', () => {
    expect(foldText('٠', anything)).toBeUndefined();
  });
});
