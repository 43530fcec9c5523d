// Freehold's API as data: resources, routes, errors, and the client made from them.
import './interpreted-validation.js';

export * from './errors.js';
export * from './route.js';
export * from './routes.js';
export * from './client.js';
export * from './client-types.js';
export * from './server-sent-events.js';
export * from './json-schema.js';
export * from './openapi.js';
export * from './resources/account.js';
export * from './resources/admin-database.js';
export * from './resources/admin-user.js';
export * from './resources/app.js';
export * from './resources/bulk.js';
export * from './resources/cluster.js';
export * from './resources/database.js';
export * from './resources/error.js';
export * from './resources/health.js';
export * from './resources/legacy-finding.js';
export * from './resources/legacy-migration.js';
export * from './resources/limits.js';
export * from './resources/operation.js';
export * from './resources/page.js';
export * from './resources/plan.js';
export * from './resources/rate-limit-rules.js';
export * from './resources/token.js';
export * from './resources/usage.js';
