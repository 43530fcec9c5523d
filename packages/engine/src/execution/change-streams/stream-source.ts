// The events of one change stream as a source of documents: reads the oplog from a position, makes events of what is in scope, and
// sends them through the stream's pipeline. It holds a position and no view: a stream that nobody reads costs nothing.
import type { ChangeStreamOptions } from '../../aggregation/stages/change-stream.js';
import { pause, type Pipeline, type StageContext } from '../../aggregation/stage.js';
import type { RawDocument } from '../../bson/raw-value.js';
import { getDocumentField } from '../../bson/reader.js';
import { CommandError } from '../../errors.js';
import type { ChangeLog } from '../../storage/change-log.js';
import type { ChangeScope } from '../../storage/change-signal.js';
import { timeOfKey, type OplogEntry } from '../../storage/oplog-entry.js';
import type { ReadUnit } from '../../storage/units.js';
import type { Batch } from '../cursor-documents.js';
import type { DocumentSource, NextDocument } from '../document-source.js';
import { finished, needTime } from '../stages/stage.js';
import { changeEvent, invalidateEvent, type EventSources } from './change-event.js';
import { historyLost } from './history-lost.js';
import { highWaterMark, laterToken, tokenOf } from './resume-token.js';
import { splitEvent } from './split-event.js';
import { changeOf, invalidates, isVisible, type Change } from './visible-changes.js';

/** Where a stream begins. */
export interface StreamStart {
  /** All entries up to this key are behind it. */
  readonly key: Buffer;
  readonly token: RawDocument;
  /** The entry whose event the client has, and which ended the stream: what is left to say is that it did. */
  readonly invalidatedBy: OplogEntry | undefined;
  /** Fragments of the first event that the client has already. */
  readonly fragmentsSeen: number;
}

export interface StreamParts {
  readonly changes: ChangeLog;
  readonly scope: ChangeScope;
  readonly options: ChangeStreamOptions;
  /** The stages behind `$changeStream`, `$changeStreamSplitLargeEvent` excepted. */
  readonly pipeline: Pipeline;
  readonly stageContext: StageContext;
  readonly splitsLargeEvents: boolean;
  readonly start: StreamStart;
  /** Pre-images of changes from before this time (milliseconds since the epoch) are gone, whether they lie in the oplog still or not. */
  readonly oldestPreImage_ms: () => number;
}

/** So many entries are looked at between two chances to pause. */
const entriesPerPause = 32;

/** Events that look the same to every stream without options of its own, made once. */
const plainEvents = new WeakMap<OplogEntry, RawDocument>();

function isPlain({ fullDocument, fullDocumentBeforeChange, showExpandedEvents }: ChangeStreamOptions): boolean {
  return fullDocument === 'default' && fullDocumentBeforeChange === 'off' && !showExpandedEvents;
}

export class ChangeStreamSource implements DocumentSource {
  /** What it watched is gone, and the client was told: nothing will follow. */
  isOver = false;
  private key: Buffer;
  private token: RawDocument;
  /** What was committed when the present reading began: so far it goes, however fast others write. */
  private end: Buffer | undefined;
  private entries: readonly OplogEntry[] = [];
  private nextEntry = 0;
  private invalidatedBy: OplogEntry | undefined;
  private fragments: RawDocument[] = [];
  private fragmentsSeen: number;
  private isAtEnd = false;
  private currentToken: RawDocument;
  private unit: ReadUnit | undefined;
  private readonly output: Iterator<RawDocument>;
  private readonly eventSources: EventSources;

  constructor(private readonly parts: StreamParts) {
    const { start, options, pipeline, stageContext } = parts;
    this.key = start.key;
    this.token = start.token;
    this.currentToken = start.token;
    this.invalidatedBy = start.invalidatedBy;
    this.fragmentsSeen = start.fragmentsSeen;
    this.eventSources = { options, currentDocument: (change) => this.currentDocument(change), preImage: ({ before, wall_ms }) => (Number(wall_ms) < parts.oldestPreImage_ms() ? undefined : before) };
    this.output = pipeline.run(this.events(), stageContext)[Symbol.iterator]();
  }

  attach(unit: ReadUnit): void {
    this.unit = unit;
    this.end ??= this.parts.changes.end();
  }

  detach(): void {
    this.unit = undefined;
  }

  next(): NextDocument {
    const fragment = this.fragments.shift();
    if (fragment !== undefined) return fragment;
    if (this.isOver) return finished;
    const { value } = this.output.next() as IteratorYieldResult<RawDocument>;
    if (value !== pause) return this.checked(value);
    if (!this.isAtEnd) return needTime;
    this.isAtEnd = false;
    this.end = undefined;
    return finished;
  }

  /** Where the client stands that has this batch (`postBatchResumeToken`); `isAll`: nothing more is to be had now. */
  tokenAfter({ documents }: Batch, isAll: boolean): RawDocument {
    const last = documents[documents.length - 1];
    if (last !== undefined) this.token = getDocumentField(last, '_id')!.document();
    if (isAll && !this.isOver) this.token = laterToken(this.token, highWaterMark(timeOfKey(this.key)));
    return this.token;
  }

  /** Nothing in scope was committed before `end` that was not read: what others wrote need not be looked at. */
  passTo(end: Buffer): void {
    if (this.nextEntry >= this.entries.length && this.invalidatedBy === undefined && Buffer.compare(this.key, end) < 0) this.key = end;
  }

  private *events(): Generator<RawDocument> {
    for (let looked = 1; ; looked += 1) {
      const entry = this.invalidatedBy ?? this.readEntry();
      if (entry === undefined) {
        this.isAtEnd = true;
        yield pause;
        continue;
      }
      const event = this.eventOf(entry);
      if (event !== undefined) yield event;
      if (this.isOver) return yield* endlessPauses();
      if (looked % entriesPerPause === 0) yield pause;
    }
  }

  private readEntry(): OplogEntry | undefined {
    if (this.nextEntry >= this.entries.length) {
      const end = this.end ?? this.key;
      if (this.parts.changes.hasLost(this.key)) throw historyLost();
      this.entries = this.parts.changes.after(this.key, end);
      this.nextEntry = 0;
      if (this.entries.length === 0) {
        if (Buffer.compare(this.key, end) < 0) this.key = end;
        return undefined;
      }
    }
    const entry = this.entries[this.nextEntry]!;
    this.nextEntry += 1;
    this.key = entry.key;
    return entry;
  }

  private eventOf(entry: OplogEntry): RawDocument | undefined {
    if (this.invalidatedBy !== undefined) {
      this.invalidatedBy = undefined;
      this.isOver = true;
      this.currentToken = tokenOf(entry, 'invalidate');
      return invalidateEvent(entry, this.currentToken);
    }
    const { scope, options } = this.parts;
    const change = changeOf(entry);
    if (change === undefined || !isVisible(change, scope, options.showExpandedEvents)) return undefined;
    if (invalidates(change, scope)) this.invalidatedBy = entry;
    this.currentToken = tokenOf(entry, 'event');
    if (!isPlain(options)) return changeEvent(change, this.currentToken, this.eventSources);
    let event = plainEvents.get(entry);
    if (event === undefined) plainEvents.set(entry, (event = changeEvent(change, this.currentToken, this.eventSources)));
    return event;
  }

  /** Throws ChangeStreamFatalError (280) where the pipeline left no way to resume behind the event. */
  private checked(event: RawDocument): RawDocument {
    const id = getDocumentField(event, '_id');
    if (id?.slice().equals(this.currentToken) !== true) {
      throw new CommandError(
        'ChangeStreamFatalError',
        'Encountered an event whose _id field, which contains the resume token, was modified by the pipeline. Modifying the _id field of an event makes ' +
          'it impossible to resume the stream from that point. Only transformations that retain the unmodified _id field are allowed.',
        { labels: ['NonResumableChangeStreamError'] },
      );
    }
    if (!this.parts.splitsLargeEvents) return event;
    const [first, ...others] = splitEvent(event, this.currentToken).slice(this.fragmentsSeen);
    this.fragmentsSeen = 0;
    this.fragments = others;
    return first ?? event;
  }

  private currentDocument({ entry, namespace }: Change): RawDocument | undefined {
    const { unit } = this;
    const collection = unit?.collection(namespace.database, namespace.collection ?? '');
    const id = getDocumentField(entry.documentKey, '_id');
    if (unit === undefined || collection === undefined || id === undefined || entry.uuid?.equals(collection.uuid) !== true) return undefined;
    const recordId = unit.recordIdOf(collection, id);
    return recordId === undefined ? undefined : unit.record(collection, recordId);
  }
}

function* endlessPauses(): Generator<RawDocument, never> {
  for (;;) yield pause;
}
