// Failed sign-ins in the control database, added up for each account until they are told of in the audit log. However many there are,
// and from however many addresses, an account has one document of bounded size.
import type { Collection } from 'mongodb';
import { z } from 'zod';
import type { FailedSignIns, FailedSignInStore } from '../../ports/accounts.js';
import { controlCollections } from './control-collections.js';
import { inSession, type StoreSession } from './store-session.js';

const documentSchema = z.object({ _id: z.string(), count: z.number().int(), first_at: z.date(), last_at: z.date(), tell_at: z.date(), networks: z.array(z.string()) });
type FailedSignInDocument = z.infer<typeof documentSchema>;

/** The key for addresses that have no account; no account has this id. */
const nobody = '-';
const largestNetworkCount = 20;

export class MongoFailedSignInStore implements FailedSignInStore {
  readonly #at: StoreSession;

  constructor(at: StoreSession) {
    this.#at = at;
  }

  async add(userId: string | null, { network, at, tellAt }: { readonly network: string; readonly at: Date; readonly tellAt: Date }): Promise<void> {
    // `$slice` keeps the first ones, which a later flood does not drive out.
    await this.#documents.updateOne({ _id: userId ?? nobody }, [{
      $set: {
        count: { $add: [{ $ifNull: ['$count', 0] }, 1] },
        first_at: { $ifNull: ['$first_at', at] },
        last_at: { $max: ['$last_at', at] },
        // The earliest: it was the first one's, unless the clock of that replica was ahead.
        tell_at: { $min: ['$tell_at', tellAt] },
        networks: {
          $cond: [
            { $in: [{ $literal: network }, { $ifNull: ['$networks', []] }] }, '$networks',
            { $slice: [{ $concatArrays: [{ $ifNull: ['$networks', []] }, [{ $literal: network }]] }, largestNetworkCount] },
          ],
        },
      },
    }], { upsert: true, ...inSession(this.#at) });
  }

  async due(now: Date, limit: number): Promise<readonly string[]> {
    const documents = await this.#documents.find({ tell_at: { $lte: now } }, { projection: { _id: 1 }, ...inSession(this.#at) }).sort({ tell_at: 1 }).limit(limit).toArray();
    return documents.map(({ _id }) => _id);
  }

  async take(key: string, now: Date): Promise<FailedSignIns | undefined> {
    const taken = await this.#documents.findOneAndDelete({ _id: key, tell_at: { $lte: now } }, inSession(this.#at));
    if (taken === null) return undefined;
    const { _id, count, first_at: firstAt, last_at: lastAt, networks } = documentSchema.parse(taken);
    return { userId: _id === nobody ? null : _id, count, firstAt, lastAt, networks };
  }

  get #documents(): Collection<FailedSignInDocument> {
    return this.#at.db.collection<FailedSignInDocument>(controlCollections.failedSignIns);
  }
}
