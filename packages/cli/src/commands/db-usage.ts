// Shows what a database uses: sizes, quota, growth, connections and apps.
import type { DatabaseUsage } from '@freehold/api';
import type { CommandDefinition } from '../command.js';
import { fields, megabytes, table, when } from '../present.js';
import { findDatabase } from '../resolve.js';

const bytesPerMegabyte = 1024 * 1024;

function size(bytes: number): string {
  return megabytes(bytes / bytesPerMegabyte);
}

function quota({ quota: { quota_mb: quotaMb, used_percent: percent } }: DatabaseUsage): string {
  return quotaMb === null ? 'none' : `${megabytes(quotaMb)}, ${percent ?? 0} % used`;
}

function connections({ connections: { open, budget } }: DatabaseUsage): string {
  return `${open ?? 'not shown'}${budget === null ? '' : ` of ${budget}`}`;
}

/** From the oldest size of the trend to now. */
function growth({ trend, totals }: DatabaseUsage): string | null {
  const [oldest] = trend;
  if (oldest === undefined) return null;
  const difference = totals.total_size - oldest.total_size;
  return `${difference < 0 ? '-' : '+'}${size(Math.abs(difference))} since ${when(oldest.at)}`;
}

/** When the quota will be full, if it goes on so. */
function forecast({ forecast: { days_left: days, confidence } }: DatabaseUsage): string | null {
  if (days === null) return null;
  if (days === 0) return 'full';
  const left = days < 1 ? 'a day' : `${Math.round(days)} ${Math.round(days) === 1 ? 'day' : 'days'}`;
  return `full in ${left} (${confidence ?? 'low'} confidence)`;
}

export const dbUsage: CommandDefinition = {
  path: ['db', 'usage'],
  summary: 'show what a database uses',
  arguments: [{ name: '<database>', description: 'its name or id' }],
  options: [{ flags: '--days <days>', description: 'how far back to look for its growth, 90 at most', defaultValue: '14' }],
  run: async (context, [nameOrId], options) => {
    const client = context.client();
    const { id } = await findDatabase(client, nameOrId!);
    const usage = await client.databases.usage({ id, trend_days: Number(options['days']) });
    const shown = fields({
      size: size(usage.totals.total_size), data: size(usage.totals.data_size), storage: size(usage.totals.storage_size), indexes: size(usage.totals.index_size),
      documents: usage.totals.documents, quota: quota(usage), growth: growth(usage), forecast: forecast(usage), connections: connections(usage),
      apps: usage.apps.length === 0 ? 'none' : usage.apps.map(({ name, status }) => `${name} (${status})`).join(', '), 'as of': when(usage.as_of),
    });
    const rows = usage.collections.map((collection) => [
      collection.name, String(collection.documents), size(collection.data_size), size(collection.storage_size), size(collection.index_size), String(collection.indexes),
    ]);
    return { data: usage, text: `${shown}\n\n${table(['collection', 'documents', 'data', 'storage', 'index size', 'indexes'], rows, 'No collections.')}` };
  },
};
