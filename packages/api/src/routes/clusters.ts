// Clusters, for operators.
import * as z from 'zod';
import { clusterPageSchema, clusterSchema, listClustersQuerySchema, registerClusterSchema, updateClusterSchema } from '../resources/cluster.js';
import { resourceId } from '../resources/primitives.js';
import { defineRoute } from '../route.js';

const operators = { auth: 'operator', scope: 'admin' } as const;
const ofOne = { ...operators, params: z.strictObject({ id: resourceId }), notFound: 'CLUSTER_NOT_FOUND' } as const;

export const clusterRoutes = {
  register: defineRoute({
    name: 'clusters.register', method: 'POST', path: '/api/admin/clusters', ...operators, body: registerClusterSchema, responses: { 201: clusterSchema },
    errors: ['CLUSTER_UNSUITABLE', 'CLUSTER_ALREADY_REGISTERED'],
    summary: 'Register a cluster',
    description:
      'Tries everything Freehold needs of a cluster before anything is written down: that it answers and has transactions, and that a user, a role and a ' +
      'database can be made, used and dropped there. New databases are placed on it at once, by every replica.',
  }),
  list: defineRoute({
    name: 'clusters.list', method: 'GET', path: '/api/admin/clusters', ...operators, query: listClustersQuerySchema, responses: { 200: clusterPageSchema },
    summary: 'List clusters', description: 'With what each holds and may hold. Measured once a minute.',
  }),
  get: defineRoute({ name: 'clusters.get', method: 'GET', path: '/api/admin/clusters/{id}', ...ofOne, responses: { 200: clusterSchema }, summary: 'Show a cluster' }),
  update: defineRoute({
    name: 'clusters.update', method: 'PATCH', path: '/api/admin/clusters/{id}', ...ofOne, body: updateClusterSchema, responses: { 200: clusterSchema },
    errors: ['CLUSTER_UNSUITABLE', 'CLUSTER_ALREADY_REGISTERED', 'CLUSTER_HOLDS_CONTROL_DATABASE'],
    summary: 'Change a cluster, or drain it',
    description:
      '`state: "draining"` keeps new databases off it, and `state: "active"` takes that back; databases it holds go on either way. A new `uri` is tried like that of ' +
      'a new cluster, and has to lead to the same deployment. The URI of the cluster that holds the control database is in the configuration instead.',
  }),
  probe: defineRoute({
    name: 'clusters.probe', method: 'POST', path: '/api/admin/clusters/{id}/probe', ...ofOne, responses: { 200: clusterSchema },
    summary: 'Try a cluster now', description: 'Tries what registering tries, and measures. `last_probe` says how it went: a cluster that fails is no error of this call.',
  }),
  remove: defineRoute({
    name: 'clusters.remove', method: 'DELETE', path: '/api/admin/clusters/{id}', ...ofOne, responses: { 204: null },
    errors: ['CLUSTER_IN_USE', 'CLUSTER_HOLDS_CONTROL_DATABASE'],
    summary: 'Remove a cluster from the register',
    description: 'Only while nothing refers to it: no database, deleted ones that can still be restored included, no operation, and no room reserved for a new one. Nothing on the cluster is touched.',
  }),
};
