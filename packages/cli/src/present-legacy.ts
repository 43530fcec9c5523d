// How runs over legacy users look: a progress bar while they go on, then a summary with what was found and what to do about it.
import { legacyFindings, type Client, type LegacyLogEntry, type LegacyRun } from '@freehold/api';
import { Presets, SingleBar } from 'cli-progress';
import type { CommandContext, CommandResult } from './command.js';
import type { ExitName } from './exit-codes.js';
import { CommandFailure } from './failures.js';
import { fields, table, when } from './present.js';

const troubled = ['failed', 'refused', 'unsound', 'waiting'] as const;

function outcomesOf({ outcomes }: LegacyRun): string {
  return Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome.replaceAll('_', ' ')}`).join(', ');
}

/** 0 where every user came out well; else the code for runs that leave something to do. */
export function exitOf(run: LegacyRun): ExitName {
  const isTroubled = troubled.some((outcome) => (run.outcomes[outcome] ?? 0) > 0);
  return run.state === 'done' && !isTroubled ? 'ok' : 'incomplete';
}

/** The run in short, and a line for each kind of finding. */
export function showRun(run: LegacyRun): string {
  const paused = run.pause_reason === null ? '' : ` (${run.pause_reason})`;
  const shown = fields({
    run: run.id, mode: run.mode, state: `${run.state}${paused}`, 'of run': run.of_run_id, cipher: run.cipher, source: run.source, users: `${run.done} of ${run.total}`, outcomes: outcomesOf(run) || null,
    started: when(run.created_at), ended: run.ended_at === null ? null : when(run.ended_at),
  });
  const found = Object.entries(run.findings) as [keyof typeof legacyFindings, number][];
  if (found.length === 0) return shown;
  return `${shown}\n\n${table(['finding', 'users', 'meaning', 'what to do'], found.map(([code, count]) => [code, String(count), legacyFindings[code].meaning, legacyFindings[code].remedy]), '')}`;
}

export function showEntries(entries: readonly LegacyLogEntry[]): string {
  const rows = entries.map(({ user_id, outcome, findings, mongo_database, at }) => [user_id ?? '(platform)', outcome, findings.map(({ code }) => code).join(' '), mongo_database ?? '', when(at)]);
  return table(['user', 'outcome', 'findings', 'MongoDB database', 'at'], rows, 'No entries.');
}

/** Ctrl-C, and a command that is told to end, while a run is followed. */
function interruption(): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return { signal: controller.signal, end: () => void process.off('SIGINT', stop).off('SIGTERM', stop) };
}

function leftRunning({ id, mode }: LegacyRun): CommandFailure {
  return new CommandFailure('interrupted', 'INTERRUPTED', `The command has ended; the ${mode} goes on.`, `Follow it with \`freehold migrate-legacy status ${id} --follow\`, hold it with \`freehold migrate-legacy pause ${id}\`.`);
}

/** Follows a run to its end, or until it is paused. Ctrl-C ends the following, not the run: it throws `INTERRUPTED`. */
export async function followRun(context: CommandContext, client: Client, started: LegacyRun): Promise<CommandResult> {
  const { signal, end } = interruption();
  // Its own handling of signals would leave the command running without a bar.
  const options = { format: '{mode} [{bar}] {value}/{total} users, {eta_formatted} left  {outcomes}', hideCursor: true, etaBuffer: 50, gracefulExit: false };
  const bar = context.isInteractive ? new SingleBar(options, Presets.shades_classic) : undefined;
  let last = started;
  bar?.start(Math.max(started.total, 1), started.done, { mode: started.mode, outcomes: '' });
  try {
    for await (const run of client.legacyMigrations.events({ id: started.id }, { signal })) {
      last = run;
      bar?.setTotal(Math.max(run.total, run.done, 1));
      bar?.update(run.done, { outcomes: outcomesOf(run) });
      if (bar === undefined && run.state === 'running') context.print(context.isJson ? JSON.stringify(run) : `${run.mode}: ${run.done} of ${run.total} users. ${outcomesOf(run)}`);
      if (run.state === 'paused') break;
    }
  } finally {
    bar?.stop();
    end();
  }
  if (signal.aborted) throw leftRunning(last);
  return { data: last, text: showRun(last), exit: exitOf(last) };
}
