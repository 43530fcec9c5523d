// What cursors read from: documents one at a time, with leave to pause anywhere. Between two attachments no view is held.
import type { RawDocument } from '../bson/raw-value.js';
import type { ReadingContext } from '../dispatch/reading-context.js';
import type { ReadUnit } from '../storage/units.js';
import { finished, type needTime } from './stages/stage.js';

export type NextDocument = RawDocument | typeof needTime | typeof finished;

export interface DocumentSource {
  attach(unit: ReadUnit): void;
  detach(): void;
  next(): NextDocument;
  /** Whether it is known, without asking for more, that nothing is left. */
  readonly isExhausted?: boolean;
  /** Lets go of memory and files before the end; nothing may be asked of it afterwards. */
  close?(): void;
}

/** Documents that are there already (`listCollections`, `listIndexes`). */
export class ListSource implements DocumentSource {
  private position = 0;

  constructor(private readonly documents: readonly RawDocument[]) {}

  attach(): void {
    // Nothing is read from storage.
  }

  detach(): void {
    // Nothing is held.
  }

  next(): NextDocument {
    const document = this.documents[this.position];
    this.position += 1;
    return document ?? finished;
  }
}

/** So long a query may keep the event loop to itself. */
const slice_ms = 8;
/** Units of work between two looks at the clock. */
const worksPerLook = 4;

export type SliceEnd = 'done' | 'paused';

/**
 * Calls `step` in short slices, each in a view of its own, with the event loop served in between, until it returns true.
 * A transaction's view is the same in every slice. What one slice suffices for is done when this returns, and nothing is promised.
 */
export function runInSlices(context: ReadingContext, source: Pick<DocumentSource, 'attach' | 'detach' | 'close'>, step: () => boolean): Promise<void> | undefined {
  try {
    if (context.read((unit) => runSlice(unit, source, step)) === 'done') return undefined;
  } catch (error) {
    source.close?.();
    throw error;
  }
  return runFurtherSlices(context, source, step);
}

async function runFurtherSlices(context: ReadingContext, source: Pick<DocumentSource, 'attach' | 'detach' | 'close'>, step: () => boolean): Promise<void> {
  try {
    do {
      // One slice after the other: they continue one another.
      await new Promise<void>((resolve) => setImmediate(resolve));
      context.checkInterrupt();
    } while (context.read((unit) => runSlice(unit, source, step)) === 'paused');
  } catch (error) {
    source.close?.();
    throw error;
  }
}

function runSlice(unit: ReadUnit, source: Pick<DocumentSource, 'attach' | 'detach'>, step: () => boolean): SliceEnd {
  const end = performance.now() + slice_ms;
  source.attach(unit);
  try {
    for (;;) {
      for (let works = 0; works < worksPerLook; works += 1) if (step()) return 'done';
      if (performance.now() >= end) return 'paused';
    }
  } finally {
    source.detach();
  }
}
