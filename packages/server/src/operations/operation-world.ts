// What operations reach the world through.
import type { AppRedeployer } from '../ports/app-redeployer.js';
import type { Clock } from '../ports/clock.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import type { ControlDatabase } from '../ports/control-database.js';
import type { Keyring } from '../ports/keyring.js';

export interface OperationWorld {
  readonly control: ControlDatabase;
  readonly clusters: ClusterDirectory;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly redeployer: AppRedeployer;
  /** How many databases a user may have, where neither they nor their plan have a limit of their own. */
  readonly largestDatabaseCount: number;
}
