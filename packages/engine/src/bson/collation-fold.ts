// What stands in an index with a collation in place of a text: its letters and digits without case, accents and form. Texts that any
// comparison of the language calls equal have the same fold; texts with the same fold need not be equal, so that whoever finds one
// compares the texts themselves. JavaScript has no sort keys of ICU, and those of one version could not be kept for the next:
// a fold depends on no version. It says nothing of order.
// Source: Unicode Technical Standard 10; the test compares every character of every language below with Intl.Collator.
import type { Collation } from './collation.js';
import { CommandError } from '../errors.js';
import { documentValue, type RawValue } from './raw-value.js';
import { elements } from './reader.js';
import { BsonType } from './types.js';
import { arrayValue, documentOf, stringValue } from './values.js';

/** Languages none of whose rules make texts equal that fold apart. Elsewhere two letters are another one (`aa`, `å`). */
export const foldedLanguages: ReadonlySet<string> = new Set([
  'af', 'ar', 'az', 'be', 'bg', 'bs', 'ca', 'cs', 'cy', 'de', 'el', 'en', 'es', 'et', 'fa', 'fil', 'fr', 'ga', 'he', 'hi', 'hr', 'id', 'it', 'ka',
  'kk', 'lt', 'lv', 'mk', 'ms', 'nl', 'pl', 'pt', 'ro', 'ru', 'sk', 'sl', 'sq', 'sr', 'sw', 'tr', 'uk', 'ur', 'uz', 'vi', 'zh', 'zu',
]);

/** Letters that decompositions leave whole. */
const spelled = new Map(Object.entries({
  æ: 'ae', œ: 'oe', ß: 'ss', ø: 'o', đ: 'd', ð: 'd', ł: 'l', ħ: 'h', ı: 'i', ĸ: 'q', þ: 'th', ŧ: 't', ŋ: 'n', ς: 'σ', ґ: 'г', 〇: '0',
  // Some languages call these the same.
  y: 'i', w: 'v',
}));

const kept = /[a-z0-9α-ωа-я]|\p{Unified_Ideograph}/u;
/** Characters that are equal to others in ways of their own, some of them to letters: numbers of other scripts, letters above letters. */
const unknown = /[\u0345\u0363-\u036f\u2e80-\u2eff⅍₧\p{N}]|[\u{1f110}-\u{1f1ad}]/u;
/** Accents, marks, spaces, and scripts that are told apart by looking at the text. */
const dropped = /[\u0300-\u036f\u064b-\u0655\u3099\u309a\ufe00-\ufe0f\p{Cc}\p{Cf}\p{Z}\p{P}\p{S}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Thai}\p{Script=Devanagari}ーёіїєўј]/u;
const plain = /^[a-z0-9]*$/u;

function foldCharacter(character: string): string | undefined {
  const letters = spelled.get(character);
  if (letters !== undefined) return letters;
  if (kept.test(character)) return character;
  return unknown.test(character) || !dropped.test(character) ? undefined : '';
}

/** The text's fold; undefined where it has a character of which nothing is known. */
export function foldText(text: string, { numericOrdering }: Pick<Collation, 'numericOrdering'>): string | undefined {
  let folded = '';
  const lower = text.normalize('NFKD').toLowerCase().normalize('NFKD');
  if (plain.test(lower)) folded = lower.replaceAll('y', 'i').replaceAll('w', 'v');
  else {
    for (const character of lower) {
      const letters = foldCharacter(character);
      if (letters === undefined) return undefined;
      folded += letters;
    }
  }
  // By value `7` and `007` are one number.
  return numericOrdering ? folded.replaceAll(/[0-9]/gu, '') : folded;
}

/** Whether an index with the collation may be unique, and looked up texts in. */
export function hasFolds({ locale }: Collation): boolean {
  return !locale.includes('@') && foldedLanguages.has(locale.split(/[_-]/u)[0]!);
}

const texts: ReadonlySet<BsonType> = new Set([BsonType.string, BsonType.symbol, BsonType.object, BsonType.array]);

/** Whether the value is a text or may hold one. */
export function mayHoldText({ type }: RawValue): boolean {
  return texts.has(type);
}

/** The value with all its texts folded; undefined where one of them cannot be. */
export function foldValue(value: RawValue, collation: Collation): RawValue | undefined {
  switch (value.type) {
    case BsonType.string:
    case BsonType.symbol: {
      const text = foldText(value.string(), collation);
      return text === undefined ? undefined : stringValue(text);
    }
    case BsonType.object: {
      const fields = [...elements(value)].map(([name, child]) => [name, foldValue(child, collation)] as const);
      return fields.every((field): field is readonly [string, RawValue] => field[1] !== undefined) ? documentValue(documentOf(fields)) : undefined;
    }
    case BsonType.array: {
      const children = [...elements(value)].map(([, child]) => foldValue(child, collation));
      return children.every((child) => child !== undefined) ? arrayValue(children) : undefined;
    }
    default:
      return value;
  }
}

/** As `foldValue`, for what an index has to keep. Throws where a text cannot be folded. */
export function foldKey(values: readonly RawValue[], collation: Collation): RawValue[] {
  return values.map((value) => {
    const folded = foldValue(value, collation);
    if (folded === undefined) throw new CommandError('NotImplemented', 'An index with a collation cannot hold a text with characters of a kind that the server cannot compare by a key');
    return folded;
  });
}
