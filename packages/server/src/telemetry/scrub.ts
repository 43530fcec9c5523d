// Takes secrets out of text, whatever put them there (R2.5). The last line of defence: nothing should log a secret in the first
// place, but error messages of libraries and stacks do.

const replaced = '[secret]';

interface Rule {
  /** What it finds, for people. */
  readonly finds: string;
  readonly pattern: RegExp;
  readonly replacement: string;
}

/** What a secret looks like in text. Bounded repetitions keep the time linear. */
export const scrubRules: readonly Rule[] = [
  { finds: 'user and password of a MongoDB URI', pattern: /(mongodb(?:\+srv)?:(?:\/\/|\\\/\\\/))[^\s"'@/]{1,2048}@/giu, replacement: `$1${replaced}@` },
  { finds: 'user and password of any other URI', pattern: /\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s"'@/:]{0,256}:[^\s"'@/]{1,2048}@/giu, replacement: `$1${replaced}@` },
  { finds: 'API tokens and session tokens', pattern: /\bfhs?_[A-Za-z0-9_-]{16,}/gu, replacement: replaced },
  { finds: 'bearer headers', pattern: /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/giu, replacement: `$1 ${replaced}` },
  { finds: 'secrets in query strings', pattern: /([?&](?:confirm_token|token|password|secret|access_token)=)[^&\s"'#]+/giu, replacement: `$1${replaced}` },
  {
    finds: 'fields of JSON that hold secrets',
    pattern: /(\\?"(?:[a-z_]*password|connection_uri|connectionUri|confirm_token|token|secret|authorization)\\?"\s*:\s*\\?")(?:[^"\\]|\\(?!").){1,4096}/giu,
    replacement: `$1${replaced}`,
  },
];

/** The text without secrets. */
export function scrub(text: string): string {
  return scrubRules.reduce((scrubbed, { pattern, replacement }) => scrubbed.replace(pattern, replacement), text);
}
