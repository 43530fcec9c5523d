// Waiting for documents that are not there yet (`awaitData`). Source: the manual's page "Tailable Cursors".
import type { CommandContext } from '../dispatch/context.js';
import type { Batch } from './cursor-documents.js';
import type { OpenCursor } from './cursor-registry.js';

/** How long a getMore waits without `maxTimeMS`, and how often it looks. */
const defaultWait_ms = 1000;
const look_ms = 20;
/** Leaves time to answer before the command's own limit makes it an error. */
const margin_ms = 25;

/** Asks for a batch until it holds something or the waiting time is over. Cursors that do not await answer at once. */
export async function waitForData(context: CommandContext, cursor: OpenCursor, nextBatch: () => Promise<Batch>): Promise<Batch> {
  const { clock } = context.services;
  const end_ms = context.deadline_ms === undefined ? clock.now_ms() + defaultWait_ms : context.deadline_ms - margin_ms;
  for (;;) {
    const batch = await nextBatch();
    if (batch.documents.length > 0 || !cursor.awaitData || clock.now_ms() + look_ms > end_ms) return batch;
    // One look after the other until something came: there is nothing to do concurrently.
    await new Promise<void>((resolve) => setTimeout(resolve, look_ms));
    context.checkInterrupt();
    cursor.documents.resume();
  }
}
