// A source that is planned in the view that it is first read in: planning and the first batch share one snapshot.
import type { ReadUnit } from '../storage/units.js';
import type { DocumentSource, NextDocument } from './document-source.js';
import { finished } from './stages/stage.js';

export class LazySource implements DocumentSource {
  private source: DocumentSource | undefined;

  constructor(private readonly prepare: (unit: ReadUnit) => DocumentSource) {}

  attach(unit: ReadUnit): void {
    this.source ??= this.prepare(unit);
    this.source.attach(unit);
  }

  detach(): void {
    this.source?.detach();
  }

  get isExhausted(): boolean {
    return this.source?.isExhausted === true;
  }

  close(): void {
    this.source?.close?.();
  }

  next(): NextDocument {
    return this.source?.next() ?? finished;
  }
}
