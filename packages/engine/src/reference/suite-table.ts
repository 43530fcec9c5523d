// How the outcome of suites that were run with the engine is shown.

export interface Suite {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  /** Why some failed. */
  readonly failures: string;
}

/** Prints a table in Markdown. */
export type PrintTable = (heads: readonly string[], rows: readonly (readonly string[])[]) => string;

export function suiteTable(print: PrintTable, suites: readonly Suite[]): string {
  return print(['suite', 'passed', 'failed', 'why'], suites.map(({ name, passed, failed, failures }) => [name, String(passed), String(failed), failures]));
}
