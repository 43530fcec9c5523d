// Collation: comparison of strings by language rules through the platform's ICU (Intl.Collator).
// Source: the manual's page "Collation".

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
