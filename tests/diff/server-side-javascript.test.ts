// No JavaScript runs in the server.
import { aggregate, describeRefusals, find } from './refusals.fixture.js';

describeRefusals('JavaScript in the server', [
  ['$where is refused and told of $expr', find({ $where: 'this.a == 1' }), 238, /^\$where is not supported: .*\$expr/u],
  ['$function is refused', aggregate({ $project: { b: { $function: { body: 'function() {}', args: [], lang: 'js' } } } }), 115, /\$function is not supported/u],
  ['$accumulator is refused', aggregate({ $group: { _id: null, b: { $accumulator: {} } } }), 115, /\$accumulator is not supported/u],
  ['mapReduce is refused and told of the pipeline', { mapReduce: 'items', map: 'm', reduce: 'r', out: { inline: 1 } }, 115, /'mapReduce' is not supported: .*aggregation pipeline/u],
  ['eval is refused', { eval: '1' }, 115, /'eval' is not supported/u],
]);
