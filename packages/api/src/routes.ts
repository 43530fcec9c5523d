// The route table: every call of the API.
import type { Route } from './route.js';
import { adminUserRoutes } from './routes/admin-users.js';
import { adminRoutes } from './routes/admin.js';
import { appRoutes } from './routes/apps.js';
import { authenticationRoutes } from './routes/authentication.js';
import { clusterRoutes } from './routes/clusters.js';
import { auditRoutes } from './routes/audit.js';
import { databaseFleetRoutes } from './routes/database-fleet.js';
import { databaseRoutes } from './routes/databases.js';
import { eventRoutes, notificationRoutes } from './routes/events.js';
import { healthRoutes } from './routes/health.js';
import { legacyMigrationRoutes } from './routes/legacy-migrations.js';
import { limitRoutes, planRoutes } from './routes/limits.js';
import { adminMoveRoutes, movedRoutes, moveRoutes } from './routes/moves.js';
import { operationRoutes } from './routes/operations.js';
import { reconcileRoutes } from './routes/reconcile.js';
import { tokenRoutes } from './routes/tokens.js';
import { webhookRoutes } from './routes/webhooks.js';

/** By resource and verb, as the client offers them. */
export const routes = {
  authentication: authenticationRoutes,
  tokens: tokenRoutes,
  databases: { ...databaseRoutes, ...databaseFleetRoutes, ...moveRoutes },
  apps: appRoutes,
  operations: { ...operationRoutes, ...movedRoutes },
  clusters: clusterRoutes,
  legacyMigrations: legacyMigrationRoutes,
  reconcile: reconcileRoutes,
  limits: limitRoutes,
  plans: planRoutes,
  admin: { ...adminRoutes, ...adminUserRoutes, ...adminMoveRoutes },
  events: eventRoutes,
  notifications: notificationRoutes,
  webhooks: webhookRoutes,
  audit: auditRoutes,
  health: healthRoutes,
};

/** All of them, in order. */
export const routeList: readonly Route[] = Object.values(routes).flatMap((group) => Object.values(group) as Route[]);
