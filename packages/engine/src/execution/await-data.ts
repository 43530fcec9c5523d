// Waiting for documents that are not there yet (`awaitData`): a commit that changes something in the cursor's scope ends it, and
// so do the time, a kill, the client's leaving, and the server's stop. Source: the manual's page "Tailable Cursors".
import type { CommandContext } from '../dispatch/context.js';
import { CommandError } from '../errors.js';
import type { Batch } from './cursor-documents.js';
import type { OpenCursor } from './cursor-registry.js';

/** How long a getMore waits without `maxTimeMS`. */
const defaultWait_ms = 1000;

/** Asks for a batch until it holds something or the waiting time is over. Cursors that do not await answer at once. */
export async function waitForData(context: CommandContext, cursor: OpenCursor, nextBatch: () => Promise<Batch> | Batch): Promise<Batch> {
  const { clock, changes } = context.services;
  const end_ms = context.deadline_ms ?? clock.now_ms() + defaultWait_ms;
  // For these cursors `maxTimeMS` says how long to wait; it is no limit that would be an error.
  if (cursor.awaitData) context.operation.deadline_ms = undefined;
  for (;;) {
    const seen = changes.end();
    const batch = await nextBatch();
    const left_ms = end_ms - clock.now_ms();
    if (batch.documents.length > 0 || !cursor.awaitData || left_ms <= 0 || cursor.changeStream?.source.isOver === true) return batch;
    checkWanted(context, cursor);
    // What was committed while the batch was read may be what is waited for.
    if (Buffer.compare(changes.end(), seen) === 0) {
      // One wait after the other until something came: there is nothing to do concurrently.
      const isQuiet = await nothingChanged(context, cursor, left_ms);
      if (isQuiet) cursor.changeStream?.source.passTo(changes.end());
    }
    cursor.documents.resume();
  }
}

/** Throws where nobody wants the batch any more. Asked before each wait, since what ends a wait comes once. */
function checkWanted(context: CommandContext, cursor: OpenCursor): void {
  context.checkInterrupt();
  if (cursor.isClosed) throw new CommandError('CursorKilled', 'the cursor was killed while it waited for data');
  if (context.services.server.stopping.aborted) throw new CommandError('InterruptedAtShutdown', 'interrupted at shutdown');
}

/** Resolves when something may have come (false), or when the wait is over without that (true). */
function nothingChanged(context: CommandContext, cursor: OpenCursor, left_ms: number): Promise<boolean> {
  const { changes, server } = context.services;
  return new Promise((resolve) => {
    const scope = cursor.scope ?? { database: undefined, collection: undefined };
    const end = (isQuiet: boolean): void => {
      unsubscribe();
      clearTimeout(timer);
      server.stopping.removeEventListener('abort', stop);
      cursor.wake = undefined;
      context.operation.wake = undefined;
      resolve(isQuiet);
    };
    const stop = (): void => end(true);
    const unsubscribe = changes.subscribe(scope, () => end(false));
    const timer = setTimeout(stop, left_ms);
    server.stopping.addEventListener('abort', stop);
    cursor.wake = stop;
    context.operation.wake = stop;
  });
}
