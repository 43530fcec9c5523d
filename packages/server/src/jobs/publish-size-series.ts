// Metrics of single users and databases (R5.1), from what entries say of their sizes. As many series as a Prometheus can take: those
// of the largest. Every replica publishes the same.
import type { DatabaseOwner } from '../domain/database-entry.js';
import type { ControlStores } from '../ports/control-database.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Job } from './job.js';

export interface PublishSizeSeriesDependencies {
  readonly control: Pick<ControlStores, 'databases'>;
  readonly metrics: Pick<Metrics, 'replace'>;
  /** How many series of each metric; none are published with 0. */
  readonly largestSeriesCount: number;
}

const ownersPerPage = 200;
const bytesPerMegabyte = 1024 * 1024;

interface Series<Labels> {
  readonly labels: Labels;
  readonly value: number;
}

/** Keeps the largest of many in bounded memory. */
class Largest<Labels> {
  readonly #count: number;
  #series: Series<Labels>[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  add(series: Series<Labels>): void {
    this.#series.push(series);
    if (this.#series.length >= this.#count * 4) this.#series = this.take();
  }

  take(): Series<Labels>[] {
    return this.#series.sort((a, b) => b.value - a.value).slice(0, this.#count);
  }
}

export function publishSizeSeries({ control, metrics, largestSeriesCount }: PublishSizeSeriesDependencies): Job {
  return {
    name: 'publish_size_series',
    everyMilliseconds: 60_000,
    run: async (signal) => {
      if (largestSeriesCount === 0) return;
      const users = new Largest<{ readonly user_id: string }>(largestSeriesCount);
      const databases = new Largest<{ readonly user_id: string; readonly database_id: string }>(largestSeriesCount);
      let page: readonly DatabaseOwner[] = await control.databases.pageOfOwners(null, ownersPerPage);
      while (page.length > 0) {
        for (const owner of page) {
          users.add({ labels: { user_id: owner.userId }, value: owner.databases.length });
          for (const { id, current_size_mb } of owner.databases) databases.add({ labels: { user_id: owner.userId, database_id: id }, value: Math.round(current_size_mb * bytesPerMegabyte) });
        }
        if (signal.aborted) return;
        // One after the other: each page begins where the one before ended.
        page = await control.databases.pageOfOwners(page.at(-1)!.userId, ownersPerPage);
      }
      metrics.replace('platform_databases_per_user', users.take());
      metrics.replace('platform_database_size_bytes', databases.take());
    },
  };
}
