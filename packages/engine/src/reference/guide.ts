// The parts of docs/engine.md that are written rather than listed; numbers come from the code that enforces them.
import { withDiskUseFactor } from '../aggregation/stages/memory-budget.js';
import { stageLimitBytes } from '../aggregation/working-memory.js';
import { maxValueBytes } from '../bson/value-size.js';
import { logicalSessionTimeoutMinutes, maxDocumentBytes, maxMessageBytes, maxWireVersion, maxWriteBatchSize, serverVersion } from '../dispatch/server-state.js';
import { defaultConnectionsMax } from '../engine-state.js';
import { cursorIdleTimeout_ms } from '../execution/cursor-registry.js';
import { maxCopied_bytes } from '../execution/writes/capped-copy.js';
import { maxKeyFields } from '../execution/catalog/index-key-rules.js';
import { maxStoredDepth } from '../query/update/depth.js';
import { currentFormat } from '../storage/format.js';
import { maxDatabaseNameBytes, maxNamespaceBytes } from '../storage/namespace.js';
import { dataFile, defaultOplogLimits } from '../storage/open-storage.js';
import { lifetime_ms, maxOpenTransactions } from '../transactions/coordinator.js';
import { maxOverlayBytes } from '../transactions/transaction.js';

type Table = (heads: readonly string[], rows: readonly (readonly string[])[]) => string;

function mebibytes(bytes: number): string {
  return `${bytes / 1024 / 1024} MiB`;
}

export function introduction(): string {
  return `# The engine

\`@freehold/engine\` is a MongoDB-compatible server for one machine: it speaks MongoDB's wire protocol (OP_MSG; it announces version
${serverVersion} and wire version ${maxWireVersion}), so that every driver, \`mongosh\` and other tools talk to it as to a replica set of one
member, with sessions, transactions and retryable writes. It keeps documents as the bytes that came: types, field order and the
difference between \`1\` and \`1.0\` survive everything that does not touch them.

It is there so that nothing else has to be installed. When one machine is not enough, the same platform points at MongoDB itself.`;
}

export function storageFolder(): string {
  return `## The data folder

One folder holds everything: \`${dataFile}\` (an LMDB file: records, indexes, catalog, users, oplog), its lock file, \`engine.lock\`, which
keeps a second engine out, and while it is open or after a crash the log: \`freehold.checkpoint\` and \`freehold-*.log\`, without which the data file must not be moved. The format has version ${currentFormat}, written into the file; a file of a newer format is
refused and left as it is. To copy the folder while the engine runs, hold writes with \`db.fsyncLock()\`, copy,
and let go with \`db.fsyncUnlock()\`. Free pages are used again by later writes; the file itself does not shrink.`;
}

export function guarantees(): string {
  return `## Guarantees

- **An acknowledged write is on disk.** A reply leaves after the log has been synced, whatever the write concern says; writes that
  come together share one sync. \`w: 1\`, \`w: "majority"\` and \`j\` therefore mean the same. After a crash, a kill or a power cut the folder
  opens with every acknowledged write and no half of another.
- **A command is all or nothing per document.** A document, its index entries, its oplog entry and the record of a retryable write are
  one commit. A command of many writes (\`insertMany\`, \`updateMany\`) is undone statement by statement, as in MongoDB.
- **Reads see committed documents only**, the newest ones. \`majority\` and \`linearizable\` are answered when what they read is on disk, \`local\` and \`available\` at once.
  Every batch of a cursor sees one moment; the next batch goes on behind the last document and sees what has changed meanwhile.
- **Transactions have snapshot isolation.** All of a transaction reads the moment of its first statement and its own changes. Of two
  transactions that write the same document the second one fails at once with \`WriteConflict\` (112) and the label
  \`TransientTransactionError\`; a write outside of transactions waits for the one that holds the document.
- **Retryable writes happen once.** What a statement answered is kept with the session and given again, across restarts too.
- **Privileges hold at once.** Each command is checked against the user's roles as they are now: a dropped user or a revoked role ends
  open connections' rights with the next command. A changed password leaves authenticated connections alone, as MongoDB does.`;
}

export function changeStreams(): string {
  return `## Change streams

\`watch()\` works on a collection, on a database and on the whole deployment, with every option of MongoDB 8.0 but those for sharded clusters:
\`fullDocument\`, \`fullDocumentBeforeChange\`, \`resumeAfter\`, \`startAfter\`, \`startAtOperationTime\`, \`showExpandedEvents\`, and
\`$changeStreamSplitLargeEvent\`. Streams read the oplog, which is written in the commit of what it tells of: a change is shown once it is durable,
never one that was undone, in the order of commits, a transaction as a whole and at one time.

- **Nothing is polled.** A waiting stream wakes when something in its scope was committed; streams in other databases sleep on. Streams that follow
  the newest changes read each of them once together. A stream that nobody reads holds a position and nothing else.
- **Tokens outlive everything but the oplog.** A stream resumes after a lost connection, a restart and a crash. Where its place has left the oplog it
  is told so: error 286, with the label \`NonResumableChangeStreamError\`. How much is kept, \`--oplog-size-mb\` and \`--oplog-min-retention-hours\` say: so
  many bytes, and more where they are younger than so many hours.
- **Times are one.** \`clusterTime\` of an event, \`operationTime\` and \`$clusterTime\` of replies come from one clock, which never goes back, over restarts neither.
- **Images are kept where a collection asks for them** (\`changeStreamPreAndPostImages: {enabled: true}\`): the document before a change lies beside the
  change in the oplog and leaves with it, or earlier: \`setClusterParameter: {changeStreamOptions: {preAndPostImages: {expireAfterSeconds: <n>}}}\`. The document after it is
  made from both.
- **Rights are asked for with every batch**: \`find\` and \`changeStream\` on what is watched. Whoever has \`read\` on a database watches it and its
  collections; the whole deployment takes \`readAnyDatabase\`.`;
}

export function limits(table: Table): string {
  const rows = [
    ['a document', mebibytes(maxDocumentBytes)],
    ['a message', `${maxMessageBytes} bytes`],
    ['writes in one command', String(maxWriteBatchSize)],
    ['nested levels of a stored document', String(maxStoredDepth)],
    ['a database\'s name; database and collection together', `${maxDatabaseNameBytes} bytes; ${maxNamespaceBytes} bytes`],
    ['a value that an expression makes on its way', mebibytes(maxValueBytes)],
    ['fields of an index', String(maxKeyFields)],
    ['what a gathering stage holds; one that has no use for temporary files, where `allowDiskUse` lets it', `${mebibytes(stageLimitBytes)}; ${mebibytes(stageLimitBytes * withDiskUseFactor)}`],
    ['an idle cursor lives', `${cursorIdleTimeout_ms / 60_000} minutes`],
    ['an idle session lives', `${logicalSessionTimeoutMinutes} minutes`],
    ['a transaction lives', `${lifetime_ms / 1000} seconds`],
    ['open transactions', String(maxOpenTransactions)],
    ['changes in one transaction', mebibytes(maxOverlayBytes)],
    ['what `convertToCapped` and `cloneCollectionAsCapped` keep', mebibytes(maxCopied_bytes)],
    ['connections (`--max-connections`)', String(defaultConnectionsMax)],
    ['the oplog (`--oplog-size-mb`)', mebibytes(defaultOplogLimits.bytes)],
  ];
  return `## Limits

${table(['of', 'limit'], rows)}

There is one writer at a time, and one thread, which long operations share by taking turns.`;
}
