// `maxTimeMS`: how long a command may take, and what is left of it for the cursor that it opened.
// Source: the manual's page "Database Command" (maxTimeMS) and "cursor.maxTimeMS()" (a cumulative limit of all batches).
import { CommandError } from '../errors.js';
import type { RunningOperation } from './operations.js';
import type { CommandServices } from './services.js';

type TimeServices = Pick<CommandServices, 'clock' | 'failPoints'>;

/** Ends the operation when the time is over. Throws MaxTimeMSExpired (50) where the fail point `maxTimeAlwaysTimeOut` says so. */
export function limitTime({ clock, failPoints }: TimeServices, operation: RunningOperation, time_ms: number): void {
  const { maxTimeAlwaysTimeOut, maxTimeNeverTimeOut } = failPoints;
  if (maxTimeAlwaysTimeOut.isSet && maxTimeAlwaysTimeOut.take() !== undefined) throw new CommandError('MaxTimeMSExpired', 'operation exceeded time limit');
  if (maxTimeNeverTimeOut.isSet && maxTimeNeverTimeOut.take() !== undefined) return;
  operation.deadline_ms = clock.now_ms() + time_ms;
}

/** What a command's `maxTimeMS` asks for. That of `getMore` is how long to wait for data, and fails nothing. */
export function applyMaxTime(services: TimeServices, operation: RunningOperation, maxTime_ms: number): void {
  if (operation.commandName === 'getMore') operation.deadline_ms = operation.started_ms + maxTime_ms;
  else limitTime(services, operation, maxTime_ms);
}

/** What a cursor may still take, in milliseconds; undefined: as long as it likes. */
export function timeLeft({ clock }: TimeServices, { deadline_ms }: RunningOperation): number | undefined {
  return deadline_ms === undefined ? undefined : Math.max(deadline_ms - clock.now_ms(), 0);
}
