// Collation: comparison of strings by language rules through the platform's ICU (Intl.Collator).
// Source: the manual's page "Collation".
import { CommandError } from '../errors.js';
import { wholeNumber } from './integers.js';
import { documentValue, type RawDocument, type RawValue } from './raw-value.js';
import { elements } from './reader.js';
import { BsonType } from './types.js';
import { encodeDocument } from './values.js';

/** The fields of a collation document, with MongoDB's defaults filled in; `simple` is represented by undefined instead. */
export interface Collation {
  readonly locale: string;
  readonly strength: 1 | 2 | 3 | 4 | 5;
  readonly caseLevel: boolean;
  readonly caseFirst: 'upper' | 'lower' | 'off';
  readonly numericOrdering: boolean;
  readonly alternate: 'non-ignorable' | 'shifted';
  readonly backwards: boolean;
  compare(a: string, b: string): number;
}

interface Fields {
  locale?: string;
  strength: Collation['strength'];
  caseLevel: boolean;
  caseFirst: Collation['caseFirst'];
  numericOrdering: boolean;
  alternate: Collation['alternate'];
  backwards: boolean;
}

function typeError(field: string, expected: string): CommandError {
  return new CommandError('TypeMismatch', `BSON field 'collation.${field}' is the wrong type, expected type '${expected}'`);
}

function stringOf<T extends string>(field: string, value: RawValue, allowed?: readonly T[]): T {
  if (value.type !== BsonType.string) throw typeError(field, 'string');
  const text = value.string() as T;
  if (allowed !== undefined && !allowed.includes(text)) {
    throw new CommandError('BadValue', `Enumeration value '${text}' for field 'collation.${field}' is not a valid value.`);
  }
  return text;
}

function booleanOf(field: string, value: RawValue): boolean {
  if (value.type !== BsonType.bool) throw typeError(field, 'bool');
  return value.boolean();
}

function strengthOf(value: RawValue): Collation['strength'] {
  const strength = wholeNumber(value);
  if (strength === undefined || strength < 1 || strength > 5) {
    throw new CommandError('BadValue', 'Enumeration value for field \'collation.strength\' must be a whole number from 1 to 5');
  }
  return strength as Collation['strength'];
}

const readers = new Map<string, (fields: Fields, value: RawValue) => void>(Object.entries({
  locale: (fields, value) => (fields.locale = stringOf('locale', value)),
  strength: (fields, value) => (fields.strength = strengthOf(value)),
  caseLevel: (fields, value) => (fields.caseLevel = booleanOf('caseLevel', value)),
  caseFirst: (fields, value) => (fields.caseFirst = stringOf('caseFirst', value, ['upper', 'lower', 'off'])),
  numericOrdering: (fields, value) => (fields.numericOrdering = booleanOf('numericOrdering', value)),
  alternate: (fields, value) => (fields.alternate = stringOf('alternate', value, ['non-ignorable', 'shifted'])),
  backwards: (fields, value) => (fields.backwards = booleanOf('backwards', value)),
  maxVariable: (_fields, value) => void stringOf('maxVariable', value, ['punct', 'space']),
  normalization: (_fields, value) => void booleanOf('normalization', value),
  version: (_fields, value) => void stringOf('version', value),
}));

/** ICU's names of collation variants that language tags shorten. */
const variantTags = new Map([['phonebook', 'phonebk'], ['traditional', 'trad'], ['dictionary', 'dict'], ['gb2312han', 'gb2312']]);

function localeOf(name: string): string {
  const [language, variant] = name.split('@collation=');
  const tag = language!.replaceAll('_', '-') + (variant === undefined ? '' : `-u-co-${variantTags.get(variant) ?? variant}`);
  try {
    if (Intl.Collator.supportedLocalesOf(tag).length > 0) return tag;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new CommandError('BadValue', `Field 'locale' is invalid in: { locale: "${name}" }`);
}

/** What Intl.Collator cannot do is refused: an order that is nearly right would be a wrong answer. */
function refuseUnsupported(fields: Fields): void {
  const refuse = (what: string): never => {
    throw new CommandError('NotImplemented', `collation: ${what} is not supported`);
  };
  if (fields.backwards) refuse('backwards: true');
  if (fields.caseLevel && fields.strength > 2) refuse('caseLevel: true with a strength above 2');
  if (fields.alternate === 'shifted' && fields.strength > 3) refuse('alternate: "shifted" with a strength above 3');
}

type Sensitivity = 'base' | 'accent' | 'case' | 'variant';

function sensitivityOf(fields: Fields): Sensitivity {
  if (fields.strength === 1) return fields.caseLevel ? 'case' : 'base';
  if (fields.strength === 2) return fields.caseLevel ? 'variant' : 'accent';
  return 'variant';
}

/** Strength 5 tells apart what ICU calls equal, by code points. */
function compareIdentical(compare: (a: string, b: string) => number): (a: string, b: string) => number {
  return (a, b) => {
    const order = compare(a, b);
    return order !== 0 || a === b ? order : Buffer.compare(Buffer.from(a.normalize('NFD'), 'utf8'), Buffer.from(b.normalize('NFD'), 'utf8'));
  };
}

function comparatorOf(locale: string, fields: Fields): (a: string, b: string) => number {
  const options = {
    usage: 'sort',
    sensitivity: sensitivityOf(fields),
    numeric: fields.numericOrdering,
    caseFirst: fields.caseFirst === 'off' ? 'false' : fields.caseFirst,
    ignorePunctuation: fields.alternate === 'shifted',
  } as const;
  const collator = new Intl.Collator(locale, options);
  return fields.strength === 5 ? compareIdentical(collator.compare) : collator.compare;
}

/** The collation of a collation document; undefined for `{locale: 'simple'}`, which is binary comparison. */
export function parseCollation(specification: RawDocument): Collation | undefined {
  const fields: Fields = { strength: 3, caseLevel: false, caseFirst: 'off', numericOrdering: false, alternate: 'non-ignorable', backwards: false };
  for (const [name, value] of elements(documentValue(specification))) {
    const read = readers.get(name);
    if (read === undefined) throw new CommandError('Location40415', `BSON field 'collation.${name}' is an unknown field.`);
    read(fields, value);
  }
  if (fields.locale === undefined) throw new CommandError('Location40414', "BSON field 'collation.locale' is missing but a required field");
  if (fields.locale === 'simple') return undefined;
  const locale = localeOf(fields.locale);
  refuseUnsupported(fields);
  return { ...fields, locale: fields.locale, compare: comparatorOf(locale, fields) };
}

/** The collation with all its fields, as a mongod shows it. */
export function describeCollation({ locale, caseLevel, caseFirst, strength, numericOrdering, alternate, backwards }: Collation): RawDocument {
  return encodeDocument({
    locale, caseLevel, caseFirst, strength, numericOrdering, alternate, maxVariable: 'punct', normalization: false, backwards, version: '57.1',
  });
}

/** The error for an index that would say which strings are the same by language: JavaScript has no collation sort keys to store. */
export function collatedIndexRefused(collation: Collation): CommandError {
  return new CommandError('CannotCreateIndex', `Unique indexes with a collation are not supported (locale: "${collation.locale}")`);
}
