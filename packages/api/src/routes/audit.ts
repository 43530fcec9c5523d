// The audit log.
import { auditPageSchema, listAuditQuerySchema, listOwnAuditQuerySchema } from '../resources/audit.js';
import { defineRoute } from '../route.js';

export const auditRoutes = {
  listOwn: defineRoute({
    name: 'audit.listOwn', method: 'GET', path: '/api/audit', auth: 'user', scope: 'audit:read', query: listOwnAuditQuerySchema,
    responses: { 200: auditPageSchema }, summary: 'Show what was done to what is mine',
    description: 'The newest first. Where somebody else acted, an operator or the platform, from where is not shown.',
  }),
  list: defineRoute({
    name: 'audit.list', method: 'GET', path: '/api/admin/audit', auth: 'operator', scope: 'admin', query: listAuditQuerySchema,
    responses: { 200: auditPageSchema }, summary: 'Show what was done on the platform',
    description: 'The newest first. Entries can be read, never changed; they are kept for `FREEHOLD_AUDIT_RETENTION_DAYS`.',
  }),
};
