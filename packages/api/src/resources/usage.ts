// What a database uses: its collections and sizes, how they grew, who uses it, and how much of its quota that is (R4.3, R4.6).
import * as z from 'zod';
import { queryInteger, timestamp } from './primitives.js';

const bytes = z.number().min(0);
const count = z.number().int().min(0);

export const collectionUsageSchema = z
  .object({
    name: z.string(),
    documents: count,
    data_size: bytes.describe('Bytes of the documents, uncompressed'),
    storage_size: bytes.describe('Bytes that they take on disk'),
    index_size: bytes.describe('Bytes of all indexes'),
    indexes: count,
  })
  .meta({ id: 'CollectionUsage' });
export type CollectionUsage = z.infer<typeof collectionUsageSchema>;

/** The largest share of a database's collections that is answered one by one; totals cover all of them. */
export const largestCollectionCount = 1000;

/** How long the past of a size is kept: 90 days. */
export const longestTrendDays = 90;

export const usageQuerySchema = z.strictObject({
  trend_days: queryInteger(1, longestTrendDays).default(14).describe('How far back the trend goes: every 5 minutes for 2 days, every hour for 14, every day for 90'),
});
export type UsageQuery = z.infer<typeof usageQuerySchema>;

export const usageSchema = z
  .object({
    database_id: z.string(),
    as_of: timestamp.describe('When the sizes were taken; at most 5 minutes ago while the cluster answers'),
    totals: z.object({ collections: count, documents: count, data_size: bytes, storage_size: bytes, index_size: bytes, total_size: bytes.describe('Storage and indexes together: what counts against the quota') }),
    collections: z.array(collectionUsageSchema).describe('The largest first; 1,000 at most'),
    trend: z.array(z.object({ at: timestamp, total_size: bytes, documents: count })).describe('Oldest first'),
    apps: z.array(z.object({ id: z.string(), name: z.string(), status: z.string() })).describe('Apps that use the database'),
    connections: z.object({
      open: count.nullable().describe('Open connections with its credentials, on all members of a replica set; null: the cluster does not say'),
      budget: count.nullable().describe('How many its clients are to open together; null: there is no budget'),
    }),
    quota: z.object({
      quota_mb: z.number().nullable(),
      used_mb: z.number(),
      used_percent: z.number().nullable().describe('Null: there is no quota'),
    }),
    forecast: z
      .object({
        growth_bytes_per_day: z.number().nullable().describe('Over the last two weeks; null: there is not enough data'),
        full_at: timestamp.nullable().describe('When the quota is full, if it goes on so; null: `reason` says why not'),
        days_left: z.number().nullable().describe('Until `full_at`'),
        confidence: z.enum(['low', 'medium', 'high']).nullable().describe('How far the sizes agree on the growth'),
        reason: z.enum(['not_enough_data', 'no_quota', 'not_growing']).nullable().describe('Why `full_at` is null'),
      })
      .describe('The median of the growth between all pairs of hours: single imports and clean-ups do not move it. Needs 12 hours'),
  })
  .meta({ id: 'DatabaseUsage' });
export type DatabaseUsage = z.infer<typeof usageSchema>;

export const defaultDatabaseStatsSchema = z
  .object({
    database_id: z.string(),
    database: z.string().describe('Its name inside MongoDB'),
    collections: count,
    objects: count,
    data_size: bytes,
    storage_size: bytes,
    index_size: bytes,
    as_of: timestamp,
  })
  .meta({ id: 'DefaultDatabaseStats' });
export type DefaultDatabaseStats = z.infer<typeof defaultDatabaseStatsSchema>;
