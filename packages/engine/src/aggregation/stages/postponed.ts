// Documents of groups that memory has no room for, in temporary files: all of one group are in the same file.
import type { RawDocument } from '../../bson/raw-value.js';
import type { SpillFile, SpillSpace } from '../working-memory.js';

const parts = 16;
/** Each level splits the groups into sixteen parts. */
export const mostLevels = 6;

export class Postponed {
  private files: SpillFile[] = [];

  constructor(
    private readonly disk: SpillSpace | undefined,
    private readonly level: number,
  ) {}

  get hasBegun(): boolean {
    return this.files.length > 0;
  }

  /** From now on documents of new groups are postponed; false where there is no disk for them. */
  begin(): boolean {
    const { disk } = this;
    if (disk === undefined) return false;
    if (!this.hasBegun) this.files = Array.from({ length: parts }, () => disk.create());
    return true;
  }

  add(groupKey: string, document: RawDocument): void {
    this.files[hash(groupKey, this.level) % parts]!.append(document);
  }

  /** The documents of each file in turn, in the order in which they came. */
  *parts(): Generator<Iterable<RawDocument>> {
    for (const file of this.files) {
      yield { [Symbol.iterator]: () => file.records() };
      file.remove();
    }
  }

  remove(): void {
    for (const file of this.files) file.remove();
  }
}

/** FNV-1a, begun elsewhere on each level, so that what one level puts together the next one parts. */
function hash(text: string, level: number): number {
  let value = (0x811c9dc5 ^ Math.imul(level + 1, 0x9e3779b1)) >>> 0;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return (value ^ (value >>> 15)) >>> 0;
}
