// Takes secrets out of text, whatever put them there (R2.5). The last line of defence: nothing should log a secret in the first
// place, but error messages of libraries and stacks do.

const replaced = '[secret]';
const secretFields = '(?:[a-z_]*password|connection_?uri|confirm_?token|token|secret|authorization)';

interface Rule {
  /** What it finds, for people. */
  readonly finds: string;
  readonly pattern: RegExp;
  readonly replacement: string;
}

/** What a secret looks like in text. Bounded repetitions keep the time linear. */
const scrubRules: readonly Rule[] = [
  { finds: 'user and password of a MongoDB URI', pattern: /(mongodb(?:\+srv)?:(?:\/\/|\\\/\\\/))[^\s"'@/]{1,2048}@/giu, replacement: `$1${replaced}@` },
  { finds: 'user and password of any other URI', pattern: /\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s"'@/:]{0,256}:[^\s"'@/]{1,2048}@/giu, replacement: `$1${replaced}@` },
  { finds: 'API tokens and session tokens', pattern: /\bfhs?_[A-Za-z0-9_-]{16,}/gu, replacement: replaced },
  { finds: 'bearer headers', pattern: /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/giu, replacement: `$1 ${replaced}` },
  { finds: 'secrets in query strings', pattern: /([?&](?:confirm_token|token|password|secret|access_token)=)[^&\s"'#]+/giu, replacement: `$1${replaced}` },
  { finds: 'fields of JSON that hold secrets', pattern: new RegExp(String.raw`("${secretFields}"\s*:\s*")(?:[^"\\]|\\.)+`, 'giu'), replacement: `$1${replaced}` },
  {
    // Two levels deep, a quotation mark inside the value is three backslashes and the mark.
    finds: 'the same inside a string of JSON',
    pattern: new RegExp(String.raw`(\\"${secretFields}\\"\s*:\s*\\")(?:[^"\\]|\\\\\\.|\\[^"])+`, 'giu'),
    replacement: `$1${replaced}`,
  },
];

/** The text without secrets. */
export function scrub(text: string): string {
  return scrubRules.reduce((scrubbed, { pattern, replacement }) => scrubbed.replace(pattern, replacement), text);
}
