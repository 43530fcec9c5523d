// What a copy writes down with its operation, so that whoever goes on after an interruption begins where it ended: which collections are
// copied and compared, how far the others are, and up to where the changes of the source have been made in the target too.
import { z } from 'zod';
import type { StepContext } from '../journal/operation-definition.js';
import type { Clock } from '../ports/clock.js';
import { collectionForms, formOf, type ChangePosition, type ContentDescription } from '../ports/database-contents.js';

const collectionSchema = z.object({
  name: z.string(),
  form: z.enum(collectionForms),
  is_done: z.boolean(),
  /** The last `_id` that was copied, as base64 of a document with nothing else. */
  last_id: z.string().nullable(),
  /** Both sides have been read, and what was not the same is marked. */
  is_compared: z.boolean(),
  /** The last `_id` up to which that is so. */
  compared_id: z.string().nullable(),
  documents: z.number(),
  bytes: z.number(),
});
export type CollectionNote = z.infer<typeof collectionSchema>;

const positionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('time'), seconds: z.number(), ordinal: z.number() }),
  z.object({ kind: z.literal('token'), token: z.string() }),
]);

/** What was found to be the same on both sides at the end. */
const verifiedSchema = z.object({ collections: z.number(), documents: z.number(), bytes: z.number() });
export type Verified = Readonly<z.infer<typeof verifiedSchema>>;

export const copyNotesSchema = z.object({
  collections: z.array(collectionSchema).default([]),
  /** Views of the copy. */
  views: z.array(z.string()).default([]),
  position: positionSchema.nullable().default(null),
  /** Up to where the target's own history has been looked through for what is to be compared; null: comparing has not begun. */
  target_position: positionSchema.nullable().default(null),
  /** What the source held when the copy began. */
  totals: z.object({ documents: z.number(), bytes: z.number() }).nullable().default(null),
  verified: verifiedSchema.nullable().default(null),
  /** What may have to be read whole while writers are stopped, as it was found before the copy began. */
  copied_whole: z.array(z.string()).default([]),
});

/** Places are written down this often at the most; a batch that is copied twice does no harm. */
const every_ms = 250;

export class CopyNotes {
  readonly collections = new Map<string, CollectionNote>();
  readonly views: Set<string>;
  position: ChangePosition | null;
  targetPosition: ChangePosition | null;
  totals: { readonly documents: number; readonly bytes: number } | null;
  verified: Verified | null;
  copiedWhole: readonly string[];
  readonly #context: Pick<StepContext<unknown>, 'note'>;
  readonly #clock: Clock;
  #savedAt = 0;
  #saving: Promise<void> = Promise.resolve();

  constructor(context: Pick<StepContext<unknown>, 'note' | 'checkpoint'>, clock: Clock) {
    const { collections, views, position, target_position, totals, verified, copied_whole } = copyNotesSchema.parse(context.checkpoint);
    for (const collection of collections) this.collections.set(collection.name, collection);
    this.views = new Set(views);
    [this.position, this.targetPosition, this.totals, this.verified, this.copiedWhole] = [position, target_position, totals, verified, copied_whole];
    this.#context = context;
    this.#clock = clock;
  }

  /** The note of a collection, a new one where there is none. */
  of(description: Pick<ContentDescription, 'name' | 'kind' | 'isCapped'>): CollectionNote {
    const { name } = description;
    const note = this.collections.get(name) ?? { name, form: formOf(description), is_done: false, last_id: null, is_compared: false, compared_id: null, documents: 0, bytes: 0 };
    this.collections.set(name, note);
    return note;
  }

  /** Writes everything down. One write after the other: the last one to arrive is the newest. Throws LeaseLost. */
  save(): Promise<void> {
    this.#savedAt = this.#clock.now().getTime();
    this.#saving = this.#saving.then(() => this.#context.note({ checkpoint: this.#checkpoint(), progress: this.#progress() }));
    return this.#saving;
  }

  /** The same, if the last time is a while ago. */
  async saveNowAndThen(): Promise<void> {
    if (this.#clock.now().getTime() - this.#savedAt >= every_ms) await this.save();
  }

  #checkpoint(): z.infer<typeof copyNotesSchema> {
    const { views, position, targetPosition: target_position, totals, verified, copiedWhole } = this;
    return { collections: [...this.collections.values()].map((note) => ({ ...note })), views: [...views], position, target_position, totals, verified, copied_whole: [...copiedWhole] };
  }

  #progress() {
    const notes = [...this.collections.values()];
    const sum = (field: 'documents' | 'bytes'): number => notes.reduce((total, note) => total + note[field], 0);
    return { documents_done: sum('documents'), documents_total: this.totals?.documents ?? null, bytes_done: sum('bytes'), bytes_total: this.totals?.bytes ?? null, copied_whole: [...this.copiedWhole] };
  }
}

export function isPlain({ form }: CollectionNote): boolean {
  return form === 'plain';
}

/** The place that a note says, as the port has it. */
export function notedId(id: string | null): Uint8Array | null {
  return id === null ? null : Buffer.from(id, 'base64');
}

/** The same the other way. */
export function noteOf(id: Uint8Array): string {
  return Buffer.from(id).toString('base64');
}
