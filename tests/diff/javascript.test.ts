// The engine runs no JavaScript for its clients: expressions and pipelines do the same work without the risk.
import { aggregate, describeRefusals, find } from './refusals.fixture.js';

describeRefusals('JavaScript on the server', [
  { wish: '$where', command: find({ $where: 'this.a == 1' }), code: 238, says: /\$where is not supported/ },
  { wish: '$function', command: aggregate({ $project: { x: { $function: { body: 'function() {}', args: [], lang: 'js' } } } }), code: 115, says: /\$function/ },
  { wish: '$accumulator', command: aggregate({ $group: { _id: null, x: { $accumulator: { init: '', accumulate: '', accumulateArgs: [], merge: '', lang: 'js' } } } }), code: 115, says: /\$accumulator/ },
  { wish: 'mapReduce', command: { mapReduce: 'things', map: 'function() {}', reduce: 'function() {}', out: { inline: 1 } }, code: 115, says: /mapReduce/ },
]);
