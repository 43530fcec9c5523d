// A chosen place to die, so that tests can kill real processes between any two steps. Only a composition root may read the
// place from the environment (`FREEHOLD_CRASH_AT`), and only for tests.
import type { StepObservation } from './operation-run.js';

export interface CrashPoint {
  readonly kind: string;
  readonly step: string;
  readonly moment: 'before' | 'after';
}

/** Parses `<kind>:<step>:<before|after>`. Throws where the text has another form. */
export function parseCrashPoint(text: string): CrashPoint {
  const [kind = '', step = '', moment, ...rest] = text.split(':');
  if (kind === '' || step === '' || rest.length > 0 || (moment !== 'before' && moment !== 'after')) throw new Error('a crash point has the form <kind>:<step>:<before|after>');
  return { kind, step, moment };
}

/** An observer of steps that calls `die` at the point: with `process.kill(process.pid, 'SIGKILL')`, as a power cut would. */
export function crashingAt(point: CrashPoint, die: () => void): (observation: StepObservation) => void {
  return ({ kind, step, moment }) => {
    if (kind === point.kind && step === point.step && moment === point.moment) die();
  };
}
