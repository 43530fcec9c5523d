// Every route of the table, registered.
import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.js';
import type { EventStreams } from '../event-stream.js';
import { registerAdminUserRoutes } from './admin-users.js';
import { registerAdminRoutes } from './admin.js';
import { registerAppRoutes } from './apps.js';
import { registerAuthenticationRoutes } from './authentication.js';
import { registerClusterRoutes } from './clusters.js';
import { registerAuditRoutes } from './audit.js';
import { registerDatabaseFleetRoutes } from './database-fleet.js';
import { registerDatabaseRoutes } from './databases.js';
import { registerEventRoutes } from './events.js';
import { registerHealthRoutes } from './health.js';
import { registerLegacyMigrationRoutes } from './legacy-migrations.js';
import { registerLimitRoutes } from './limits.js';
import { registerMoveRoutes } from './moves.js';
import { registerOperationRoutes } from './operations.js';
import { registerReconcileRoutes } from './reconcile.js';
import { registerTokenRoutes } from './tokens.js';
import { registerWebhookRoutes } from './webhooks.js';

export function registerRoutes(server: FastifyInstance, dependencies: HttpDependencies & { readonly readinessTimeoutMs: number; readonly eventStreams: EventStreams }): void {
  registerAuthenticationRoutes(server, dependencies);
  registerTokenRoutes(server, dependencies);
  registerDatabaseRoutes(server, dependencies);
  registerDatabaseFleetRoutes(server, dependencies);
  registerMoveRoutes(server, dependencies);
  registerAppRoutes(server, dependencies);
  registerClusterRoutes(server, dependencies);
  registerOperationRoutes(server, dependencies);
  registerEventRoutes(server, dependencies);
  registerWebhookRoutes(server, dependencies);
  registerAuditRoutes(server, dependencies);
  registerAdminRoutes(server, dependencies);
  registerAdminUserRoutes(server, dependencies);
  registerLegacyMigrationRoutes(server, dependencies);
  registerReconcileRoutes(server, dependencies);
  registerLimitRoutes(server, dependencies);
  registerHealthRoutes(server, dependencies);
}
