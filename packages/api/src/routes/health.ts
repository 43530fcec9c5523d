// For whatever watches over the platform.
import { livenessSchema, readinessSchema } from '../resources/health.js';
import { defineRoute } from '../route.js';

export const healthRoutes = {
  live: defineRoute({
    name: 'health.live', method: 'GET', path: '/healthz', auth: 'public', responses: { 200: livenessSchema }, summary: 'Is the process alive?',
  }),
  ready: defineRoute({
    name: 'health.ready', method: 'GET', path: '/readyz', auth: 'public', responses: { 200: readinessSchema, 503: readinessSchema },
    summary: 'Can the platform serve?', description: 'Names what is missing.',
  }),
  metrics: defineRoute({
    name: 'health.metrics', method: 'GET', path: '/metrics', auth: 'public', responses: { 200: 'text/plain' },
    errors: ['UNAUTHENTICATED', 'FORBIDDEN', 'ACCOUNT_DISABLED', 'INTERNAL_ERROR', 'SERVICE_UNAVAILABLE'], summary: 'Metrics for Prometheus',
    description: 'Open to the machine itself; from elsewhere it takes the metrics token, or the token of an operator.',
  }),
};
