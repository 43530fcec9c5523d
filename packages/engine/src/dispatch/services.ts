// The long-lived parts of the engine that commands reach through their context. Composed once, in server.ts.
import type { CursorRegistry } from '../execution/cursor-registry.js';
import type { UserDirectory } from '../auth/user-directory.js';
import type { TransactionCoordinator } from '../transactions/coordinator.js';
import type { EngineClock } from './clock.js';
import type { EngineMetrics } from './metrics.js';
import type { Storage } from '../storage/units.js';

export interface CommandServices {
  readonly storage: Storage;
  readonly cursors: CursorRegistry;
  readonly users: UserDirectory;
  readonly transactions: TransactionCoordinator;
  readonly clock: EngineClock;
  readonly metrics: EngineMetrics;
}
