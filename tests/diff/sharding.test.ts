// The engine is one member of one replica set: there is nothing to shard, to add or to elect.
import { describeRefusals, type Refusal } from './refusals.fixture.js';

const commands = ['enableSharding', 'shardCollection', 'addShard', 'listShards', 'split', 'moveChunk', 'balancerStart', 'replSetInitiate', 'replSetReconfig', 'replSetStepDown'] as const;

describeRefusals('sharding and elections', commands.map((name): Refusal => ({ wish: name, command: { [name]: 1 }, code: 115, says: new RegExp(name), database: 'admin' })));
