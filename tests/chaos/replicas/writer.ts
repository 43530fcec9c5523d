// Writes numbers into a database while it is moved, each until it is acknowledged or refused, and remembers which are which.
import { MongoClient, MongoServerError } from 'mongodb';
import { pause } from './asker.js';

/** What was written to a database: what was acknowledged is there, once; what was not acknowledged may be. */
export class Numbers {
  readonly acknowledged: Set<number>;
  readonly attempted: Set<number>;

  constructor(given?: Numbers) {
    this.acknowledged = new Set(given?.acknowledged);
    this.attempted = new Set(given?.attempted);
  }

  /** What is wrong with these. */
  violations(found: readonly number[]): readonly string[] {
    const present = new Set(found);
    const lost = [...this.acknowledged].filter((number) => !present.has(number));
    const stray = found.filter((number) => !this.attempted.has(number));
    return [
      ...(present.size === found.length ? [] : ['has numbers twice']),
      ...(lost.length === 0 ? [] : [`lost ${lost.length} acknowledged writes (${lost.slice(0, 5).join(', ')}, ...)`]),
      ...(stray.length === 0 ? [] : [`has ${stray.length} numbers that were not written to it (${stray.slice(0, 5).join(', ')}, ...)`]),
    ];
  }
}

const refusals: readonly unknown[] = [13, 18];
const duplicateKey = 11_000;
const between_ms = 5;
const patience_ms = 200;

export interface Writer {
  /** Ends it; resolves when the last write has its answer. */
  stop(): Promise<void>;
}

/** One document for each number, and its `_id`: a write whose answer was lost is sent again. */
async function write(client: MongoClient, number: number): Promise<'written' | 'refused' | 'unknown'> {
  try {
    await client.db().collection<{ _id: string; n: number }>('numbers').insertOne({ _id: String(number), n: number });
    return 'written';
  } catch (error) {
    if (error instanceof MongoServerError && error.code === duplicateKey) return 'written';
    return refusals.includes((error as { code?: unknown }).code) ? 'refused' : 'unknown';
  }
}

/** Goes on until it is stopped, or refused for good. */
export function startWriter(uri: string, numbers: Numbers, next: () => number): Writer {
  const stopping = new AbortController();
  const isStopped = (): boolean => stopping.signal.aborted;
  /** False: it was refused, and so will all others be. */
  const writeOne = async (client: MongoClient, number: number): Promise<boolean> => {
    numbers.attempted.add(number);
    for (;;) {
      const outcome = await write(client, number);
      if (outcome === 'refused') return false;
      if (outcome === 'written') numbers.acknowledged.add(number);
      if (outcome === 'written' || isStopped()) return true;
      await pause(patience_ms);
    }
  };
  const running = (async () => {
    const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5000, maxPoolSize: 1 });
    try {
      while (!isStopped() && (await writeOne(client, next()))) await pause(between_ms);
    } finally {
      await client.close();
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
