// The table of commands, in the order `freehold --help` shows them.
import type { CommandDefinition } from '../command.js';
import { appCreate } from './app-create.js';
import { appDelete } from './app-delete.js';
import { appDeploy } from './app-deploy.js';
import { appList } from './app-list.js';
import { appLogs } from './app-logs.js';
import { audit } from './audit.js';
import { clusterAdd } from './cluster-add.js';
import { clusterDrain } from './cluster-drain.js';
import { clusterList } from './cluster-list.js';
import { clusterProbe } from './cluster-probe.js';
import { clusterRemove } from './cluster-remove.js';
import { clusterShow } from './cluster-show.js';
import { clusterUpdate } from './cluster-update.js';
import { dbCreate } from './db-create.js';
import { dbDelete } from './db-delete.js';
import { dbList } from './db-list.js';
import { dbMoveBack } from './db-move-back.js';
import { dbMoveFinish } from './db-move-finish.js';
import { dbMove } from './db-move.js';
import { dbRenameStorage } from './db-rename-storage.js';
import { dbRestore } from './db-restore.js';
import { dbRotate } from './db-rotate.js';
import { dbShell } from './db-shell.js';
import { dbShow } from './db-show.js';
import { dbUpdate } from './db-update.js';
import { dbUri } from './db-uri.js';
import { dbUsage } from './db-usage.js';
import { doctor } from './doctor.js';
import { events } from './events.js';
import { limits } from './limits.js';
import { migrateLegacyPlan } from './migrate-legacy-plan.js';
import { migrateLegacyRun } from './migrate-legacy-run.js';
import { migrateLegacyStatus } from './migrate-legacy-status.js';
import { migrateLegacyPause } from './migrate-legacy-pause.js';
import { migrateLegacyResume } from './migrate-legacy-resume.js';
import { migrateLegacyRollback } from './migrate-legacy-rollback.js';
import { migrateLegacyVerify } from './migrate-legacy-verify.js';
import { migrateLegacyLog } from './migrate-legacy-log.js';
import { operationWatch } from './operation-watch.js';
import { planDelete } from './plan-delete.js';
import { planList } from './plan-list.js';
import { planSet } from './plan-set.js';
import { reconcile } from './reconcile.js';
import { signIn } from './sign-in.js';
import { signOut } from './sign-out.js';
import { up } from './up.js';
import { userCreate } from './user-create.js';
import { userList } from './user-list.js';
import { userShow } from './user-show.js';
import { userUpdate } from './user-update.js';

export const commands: readonly CommandDefinition[] = [
  up, doctor, signIn, signOut, limits, userCreate, userList, userShow, userUpdate, planList, planSet, planDelete,
  dbCreate, dbList, dbShow, dbUpdate, dbUsage, dbUri, dbShell, dbRotate, dbMove, dbMoveBack, dbMoveFinish, dbRenameStorage, dbDelete, dbRestore,
  appCreate, appList, appDeploy, appLogs, appDelete,
  events, operationWatch, audit,
  clusterAdd, clusterList, clusterShow, clusterUpdate, clusterProbe, clusterDrain, clusterRemove,
  reconcile,
  migrateLegacyPlan, migrateLegacyRun, migrateLegacyStatus, migrateLegacyPause, migrateLegacyResume, migrateLegacyRollback, migrateLegacyVerify, migrateLegacyLog,
];
