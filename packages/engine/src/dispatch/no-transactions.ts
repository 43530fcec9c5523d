// Stands in for the transaction coordinator until the engine has one: there are no sessions to end.
import type { TransactionCoordinator } from '../transactions/coordinator.js';

export const noTransactions = {
  statistics: () => ({ sessions: 0, started: 0, committed: 0, aborted: 0, active: 0, inactive: 0 }),
  sessionKeys: () => [],
  endSession: () => Promise.resolve(),
  refreshSessions: () => undefined,
} as unknown as TransactionCoordinator;
