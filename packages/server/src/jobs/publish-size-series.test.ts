import { describe, expect, it } from 'vitest';
import { databaseEntry } from '../domain/database-entry.fixture.js';
import type { DatabaseOwner } from '../domain/database-entry.js';
import { noUserLimits } from '../domain/limits.js';
import type { DatabaseStore } from '../ports/databases.js';
import { createMetrics } from '../telemetry/metrics.js';
import { publishSizeSeries } from './publish-size-series.js';

/** Owners u000, u001, …: each has one database more than the one before, and larger ones. */
function owners(count: number): DatabaseOwner[] {
  return Array.from({ length: count }, (_, index) => ({
    userId: `u${String(index).padStart(3, '0')}`, defaultDatabaseId: null, totalQuotaMb: null, limits: noUserLimits,
    databases: Array.from({ length: index + 1 }, (__, database) => databaseEntry({ id: `d${index}_${database}`, current_size_mb: index * 1000 + database })),
  }));
}

function storeOf(all: readonly DatabaseOwner[]): DatabaseStore {
  const pageOfOwners: DatabaseStore['pageOfOwners'] = async (after, limit) => all.filter(({ userId }) => after === null || userId > after).slice(0, limit);
  return { pageOfOwners } as DatabaseStore;
}

async function published(all: readonly DatabaseOwner[], largestSeriesCount: number, metrics = createMetrics({ withProcessMetrics: false })): Promise<string[]> {
  await publishSizeSeries({ control: { databases: storeOf(all) }, metrics, largestSeriesCount }).run(new AbortController().signal);
  return (await metrics.expose()).text.split('\n').filter((line) => /^platform_(databases_per_user|database_size_bytes)\{/u.test(line));
}

describe('metrics of single users and databases', () => {
  it('are those of the largest', async () => {
    expect(await published(owners(250), 2)).toEqual([
      'platform_databases_per_user{user_id="u249"} 250', 'platform_databases_per_user{user_id="u248"} 249',
      `platform_database_size_bytes{user_id="u249",database_id="d249_249"} ${249_249 * 1_048_576}`, `platform_database_size_bytes{user_id="u249",database_id="d249_248"} ${249_248 * 1_048_576}`,
    ]);
  });

  it('are all of them where there are fewer, and end with their databases', async () => {
    const metrics = createMetrics({ withProcessMetrics: false });
    expect(await published(owners(3), 100, metrics)).toHaveLength(3 + 6);
    expect(await published(owners(1), 100, metrics)).toEqual(['platform_databases_per_user{user_id="u000"} 1', 'platform_database_size_bytes{user_id="u000",database_id="d0_0"} 0']);
  });

  it('can be switched off', async () => {
    expect(await published(owners(3), 0)).toEqual([]);
  });
});
