// A job: something every replica does again and again. All of them are safe on several replicas at once.
import type { Clock } from '../ports/clock.js';
import type { EventSink } from '../ports/events.js';

export interface Job {
  readonly name: string;
  readonly everyMilliseconds: number;
  run(signal: AbortSignal): Promise<void>;
}

export interface RunningJobs {
  /** Resolves when no job runs any more. */
  stop(): Promise<void>;
}

function errorCode(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code);
  return error instanceof Error ? error.name : 'UNKNOWN';
}

/** Starts the jobs: each runs at once, then again whenever its time has passed since it ended. A failure is an event, not an end. */
export function startJobs(jobs: readonly Job[], clock: Clock, events: EventSink): RunningJobs {
  const controller = new AbortController();
  const { signal } = controller;
  const loops = jobs.map(async (job) => {
    while (!signal.aborted) {
      // A job never runs twice at a time in one process.
      await job.run(signal).catch((error: unknown) => events.emit({ name: 'job.failed', job: job.name, errorCode: errorCode(error) }));
      await clock.sleep(job.everyMilliseconds, signal);
    }
  });
  return {
    stop: async () => {
      controller.abort();
      await Promise.all(loops);
    },
  };
}
