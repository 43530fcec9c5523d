// Writes failed sign-ins, added up for each account, into the audit log.
import { tellFailedSignIns, type FailedSignInDependencies } from '../services/accounts-failed-sign-ins.js';
import type { Job } from './job.js';

/** The job `tell_failed_sign_ins`. */
export function tellOfFailedSignIns(dependencies: FailedSignInDependencies): Job {
  return { name: 'tell_failed_sign_ins', everyMilliseconds: 60_000, run: (signal) => tellFailedSignIns(dependencies, signal) };
}
