// Files of the log that tests can look through: what is on disk for sure, and a disk that fails when it is told to.
import { readFileSync } from 'node:fs';
import { nodeFiles, type DurableFile, type DurableFiles } from './durable-file.js';

export class WatchedFiles implements DurableFiles {
  /** Content of each file as of its last sync that went well; later writes may or may not be on disk. */
  readonly synced = new Map<string, Buffer>();
  syncs = 0;
  /** Writes and syncs of files whose name matches reject with this from now on. */
  failing: { readonly files: RegExp; readonly error: Error } | undefined;

  open(path: string): DurableFile {
    return this.watch(path, nodeFiles.open(path));
  }

  create(path: string, bytes: number): DurableFile {
    this.check(path);
    return this.watch(path, nodeFiles.create(path, bytes));
  }

  /** Writes wait for it. */
  held: Promise<void> = Promise.resolve();

  private watch(path: string, file: DurableFile): DurableFile {
    return {
      write: async (bytes, position) => {
        this.check(path);
        await this.held;
        await file.write(bytes, position);
      },
      writeNow: (bytes, position) => {
        this.check(path);
        file.writeNow(bytes, position);
      },
      sync: async () => {
        this.check(path);
        const content = readFileSync(path);
        await file.sync();
        this.noteSynced(path, content);
      },
      syncNow: () => {
        this.check(path);
        file.syncNow();
        this.noteSynced(path, readFileSync(path));
      },
      close: () => file.close(),
    };
  }

  private noteSynced(path: string, content: Buffer): void {
    this.syncs += 1;
    this.synced.set(path, content);
  }

  private check(path: string): void {
    if (this.failing?.files.test(path) === true) throw this.failing.error;
  }
}
