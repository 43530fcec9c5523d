// The part of docs/engine.md about clients that ask for too much, or mean harm; numbers come from the code that enforces them.
import { withDiskUseFactor } from '../aggregation/stages/memory-budget.js';
import { turnLimit_ms } from '../dispatch/operations.js';
import { longSearchesLimit_ms, searchLimit_ms } from '../regular-expressions/bounded-expression.js';
import { connectionLimits, handshakeTimeout_ms, strangerMessageBytesMax } from '../connection-limits.js';

export function hostility(): string {
  return `## Clients that ask for too much

All clients share one thread and one memory. So everything has a bound:

- **Damaged messages** get an error, where only a document in them is damaged, or end their connection. \`npm run fuzz:engine -- --frames 1000000\` sends
  as many as one likes: real ones of a driver, changed in every way, compressed bombs among them. The same seed sends the same frames.
- **Slow peers.** Who sends nothing, or not all of a message, for ${connectionLimits.stallTimeout_ms / 1000} seconds is let go of, and so is who sends slower than
  ${connectionLimits.slowestBytesPerSecond / 1024} KiB a second beyond that. A TLS handshake has ${handshakeTimeout_ms / 1000} seconds. Who does not read is not answered further, and let go of when nothing has moved for as long. Before
  it has authenticated, a peer may send ${strangerMessageBytesMax / 1024} KiB at a time.
- **Long work takes turns.** Reads, stages, sorts, windows and index builds stop every few milliseconds for others, and can be seen, killed and timed meanwhile. What an
  expression does for one document cannot stop; after ${turnLimit_ms / 1000} seconds it ends with MaxTimeMSExpired (50).
- **Regular expressions.** A search that may take many steps is watched, and stopped after ${searchLimit_ms} ms with error 51156, as PCRE stops at its match limit; all long searches of one
  expression may take ${longSearchesLimit_ms} ms together.
- **Memory.** A stage may hold what the table above says. Sorts and groups then go on in temporary files (\`allowDiskUse\`, on unless the command or the
  parameter \`allowDiskUseByDefault\` says otherwise); other stages may hold ${withDiskUseFactor} times as much, and end with error 292. All operations together may hold a quarter of the
  machine's memory or half of JavaScript's heap, whichever is less: beyond it those that hold more than 4 MiB go to files, or end with ExceededMemoryLimit (146). The limits are the parameters
  \`internalDocumentSourceGroupMaxMemoryBytes\` and \`internalQueryMaxBlockingSortMemoryUsageBytes\`. Temporary files lie in \`temporary\` in the data folder and go with
  the process that made them; \`serverStatus().metrics.query\` counts them.

## Audit log

\`--audit-log <file>\` appends a line of JSON for each login, each refusal, and each change of users, roles, collections, indexes and databases, in MongoDB's format
(\`atype\`, \`ts\`, \`users\`, \`remote\`, \`param\`, \`result\`), without passwords, filters or documents. \`db.adminCommand({logRotate: "audit"})\` begins a new file.`;
}
