// Events as they happen, and what of them comes by e-mail.
import { eventSchema, streamEventsQuerySchema } from '../resources/event.js';
import { notificationsSchema, updateNotificationsSchema } from '../resources/webhook.js';
import { defineRoute } from '../route.js';

export const eventRoutes = {
  stream: defineRoute({
    name: 'events.stream', method: 'GET', path: '/api/events', auth: 'user', scope: 'events:read', query: streamEventsQuerySchema,
    responses: { 200: 'text/event-stream' }, events: eventSchema, summary: 'Follow what happens',
    description:
      'Server-sent events, named after their type, with the sequence number as `id`: a reader that comes back with `Last-Event-ID` (or `since`) misses nothing and gets nothing twice. Events are kept for 30 days. A comment every few seconds keeps a silent stream open; an event named `end` says that it is over for good, and why (`caught_up`, `credential_ended`).',
  }),
};

export const notificationRoutes = {
  get: defineRoute({
    name: 'notifications.get', method: 'GET', path: '/api/notifications', auth: 'user', scope: 'events:read',
    responses: { 200: notificationsSchema }, summary: 'Show what comes by e-mail',
  }),
  update: defineRoute({
    name: 'notifications.update', method: 'PATCH', path: '/api/notifications', auth: 'user', scope: 'events:write', body: updateNotificationsSchema,
    responses: { 200: notificationsSchema }, summary: 'Choose what comes by e-mail',
  }),
};
