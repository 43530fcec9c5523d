// What the program's exit code says to scripts; printed by `freehold --help` and in docs/cli.md.

export const exitCodes = {
  ok: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'an unexpected failure, or a check of `doctor` failed' },
  usage: { code: 2, meaning: 'the command line is wrong' },
  unauthenticated: { code: 3, meaning: 'not signed in, or not allowed' },
  notFound: { code: 4, meaning: 'what was named does not exist' },
  refused: { code: 5, meaning: 'the request was understood and refused (validation, conflict, quota)' },
  unavailable: { code: 6, meaning: 'the platform cannot be reached, or cannot serve now' },
  rateLimited: { code: 7, meaning: 'too many requests; the message says when to try again' },
  incomplete: { code: 8, meaning: 'it is done as far as it could be, and something is left to do (`migrate-legacy`, `reconcile`)' },
  interrupted: { code: 130, meaning: 'interrupted by Ctrl-C' },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;

export type ExitName = keyof typeof exitCodes;
