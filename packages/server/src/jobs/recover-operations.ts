// Takes up operations that a replica left behind.
import type { Journal } from '../journal/journal.js';
import type { Job } from './job.js';

const operationsPerRun = 50;

export function recoverOperations(journal: Journal): Job {
  return {
    name: 'recover_operations',
    everyMilliseconds: 5_000,
    run: async () => {
      await journal.recoverAbandoned(operationsPerRun);
    },
  };
}
