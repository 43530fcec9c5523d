// The index builds of a data folder that are under way, and how far each is. In memory: a build does not outlive its process.
import type { CommandError } from '../errors.js';
import type { RecordId } from './units.js';

export interface IndexBuild {
  /** The last record that it has gone through. */
  builtTo: RecordId;
  scanned: number;
  readonly multikey: Set<number>;
  /** Why it cannot succeed any more: what a writer stored behind it does not fit the index. */
  failure: CommandError | undefined;
}

export class IndexBuilds {
  private readonly running = new Map<number, IndexBuild>();

  find(indexId: number): IndexBuild | undefined {
    return this.running.get(indexId);
  }

  /** Of indexes that are built together. */
  start(indexIds: readonly number[]): IndexBuild {
    const build: IndexBuild = { builtTo: 0, scanned: 0, multikey: new Set(), failure: undefined };
    for (const id of indexIds) this.running.set(id, build);
    return build;
  }

  end(indexIds: readonly number[]): void {
    for (const id of indexIds) this.running.delete(id);
  }
}
