// Webhooks: addresses that the platform tells of events, signed as Standard Webhooks (https://www.standardwebhooks.com) says.
import * as z from 'zod';
import { eventStreamNames, eventTypeNames, eventTypeSchema } from './event.js';
import { pageOf, pageQueryFields } from './page.js';
import { timestamp } from './primitives.js';

const url = z.string().trim().max(2048).pipe(z.url({ protocol: /^https?$/u }))
  .refine((text) => !URL.canParse(text) || (new URL(text).username === '' && new URL(text).password === ''), 'must not hold a user or password: the signature is what proves who sends');
const types = z.array(eventTypeSchema).min(1).max(eventTypeNames.length).describe('Which events it is told of; absent or null: all');

export const webhookSchema = z
  .object({
    id: z.string(),
    url: z.string(),
    description: z.string(),
    stream: z.enum(eventStreamNames),
    event_types: z.array(z.string()).nullable().describe('Null: all'),
    enabled: z.boolean(),
    disabled_reason: z.enum(['failing', 'gone']).nullable().describe('Why the platform switched it off; null: it did not'),
    failing_since: timestamp.nullable().describe('The first of the failures since the last success'),
    previous_secret_valid_until: timestamp.nullable(),
    created_at: timestamp,
  })
  .meta({ id: 'Webhook' });
export type Webhook = z.infer<typeof webhookSchema>;

const secret = z.string().describe('The key of the signatures (`whsec_…`); it is not shown again');

export const createdWebhookSchema = webhookSchema.extend({ secret }).meta({ id: 'CreatedWebhook' });
export type CreatedWebhook = z.infer<typeof createdWebhookSchema>;

export const createWebhookSchema = z
  .strictObject({
    url, description: z.string().trim().max(200).default(''), event_types: types.nullable().default(null), enabled: z.boolean().default(true),
    stream: z.enum(eventStreamNames).default('own').describe('`platform`: what concerns those who run it, for operators'),
  })
  .meta({ id: 'CreateWebhook' });
export type CreateWebhook = z.infer<typeof createWebhookSchema>;

export const updateWebhookSchema = z
  .strictObject({ url: url.optional(), description: z.string().trim().max(200).optional(), event_types: types.nullable().optional(), enabled: z.boolean().optional() })
  .refine((change) => Object.keys(change).length > 0, 'must change something')
  .meta({ id: 'UpdateWebhook' });
export type UpdateWebhook = z.infer<typeof updateWebhookSchema>;

export const rotateWebhookSecretSchema = z
  .strictObject({ overlap_seconds: z.number().int().min(0).max(7 * 86_400).default(86_400).describe('How long requests carry a signature by the old secret too') })
  .meta({ id: 'RotateWebhookSecret' });

export const webhookPageSchema = pageOf(webhookSchema).meta({ id: 'WebhookPage' });

export const deliveryStates = ['pending', 'delivered', 'failed', 'cancelled'] as const;

export const deliverySchema = z
  .object({
    id: z.string(),
    event_id: z.string().describe('Goes as `webhook-id`: the same in every attempt and every replay'),
    event_type: z.string(),
    state: z.enum(deliveryStates).describe('`failed`: given up; `cancelled`: the webhook was switched off or removed'),
    attempt_count: z.number().int(),
    next_attempt_at: timestamp.nullable(),
    created_at: timestamp,
    attempts: z
      .array(
        z.object({
          at: timestamp,
          duration_ms: z.number().int(),
          status: z.number().int().nullable().describe('Of the answer; null: there was none'),
          error: z.string().nullable(),
          excerpt: z.string().nullable().describe('How the body of a refusal began'),
        }),
      )
      .describe('The last ones'),
  })
  .meta({ id: 'WebhookDelivery' });
export type Delivery = z.infer<typeof deliverySchema>;

export const listDeliveriesQuerySchema = z.strictObject({ ...pageQueryFields, state: z.enum(deliveryStates).optional().describe('Those in this state') });
export type ListDeliveriesQuery = z.infer<typeof listDeliveriesQuerySchema>;
export const deliveryPageSchema = pageOf(deliverySchema).meta({ id: 'WebhookDeliveryPage' });

export const replayWebhookSchema = z.strictObject({ since: timestamp.describe('Events from this time on go out again') }).meta({ id: 'ReplayWebhook' });
export const replayedSchema = z.object({ replayed: z.number().int().describe('How many events go out again') }).meta({ id: 'Replayed' });

export const notificationsSchema = z
  .object({
    email: z.object({
      address: z.string(),
      is_available: z.boolean().describe('False: this platform sends no e-mail'),
      event_types: z.array(z.string()),
    }),
  })
  .meta({ id: 'Notifications' });
export type Notifications = z.infer<typeof notificationsSchema>;

export const updateNotificationsSchema = z
  .strictObject({ email: z.strictObject({ event_types: z.array(eventTypeSchema).max(eventTypeNames.length).describe('Which events come by e-mail; empty: none') }) })
  .meta({ id: 'UpdateNotifications' });
export type UpdateNotifications = z.infer<typeof updateNotificationsSchema>;
