// Sweeps for differences between records and clusters (R5.8).
import { sweep, type SweepDependencies } from '../reconciler/sweep.js';
import type { Job } from './job.js';

export function reconcile(dependencies: Omit<SweepDependencies, 'signal'>): Job {
  return {
    name: 'reconcile',
    everyMilliseconds: 3_600_000,
    run: async (signal) => {
      await sweep({ ...dependencies, signal });
    },
  };
}
