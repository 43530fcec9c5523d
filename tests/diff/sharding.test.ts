// Nothing is sharded, and sharding says where to get it.
import { describeRefusals } from './refusals.fixture.js';

describeRefusals('sharding', [
  ['a collection is not sharded', { shardCollection: 'differences.items', key: { a: 1 } }, 115, /register a sharded cluster/u, 'admin'],
  ['a shard is not added', { addShard: 'rs1/host:27017' }, 115, /register a sharded cluster/u, 'admin'],
  ['a database is not prepared for sharding', { enableSharding: 'differences' }, 115, /register a sharded cluster/u, 'admin'],
  ['a chunk is not split', { split: 'differences.items', middle: { a: 1 } }, 115, /register a sharded cluster/u, 'admin'],
  ['a chunk is not moved', { moveChunk: 'differences.items', find: { a: 1 }, to: 'rs1' }, 115, /register a sharded cluster/u, 'admin'],
  ['shards are not listed', { listShards: 1 }, 115, /register a sharded cluster/u, 'admin'],
  ['the balancer does not start', { balancerStart: 1 }, 115, /register a sharded cluster/u, 'admin'],
]);
