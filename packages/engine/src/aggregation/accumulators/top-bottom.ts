// $top, $bottom, $topN, $bottomN: outputs of the documents that sort first or last. Source: the manual's pages of these names.
import { BsonType } from '../../bson/types.js';
import { elements } from '../../bson/reader.js';
import { arrayValue, nullValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { compileSort, type SortOrder } from '../../query/sort.js';
import { CommandError } from '../../errors.js';
import { describeValue } from '../describe-value.js';
import type { Expression } from '../expression.js';
import { refuseArray, retained, retainedBytes, type Accumulator, type AccumulatorCompiler } from './accumulator.js';
import { BoundedOrder } from './bounded-order.js';
import { countOf } from './counted.js';

interface Ranked {
  readonly key: ReturnType<SortOrder['keyOf']>;
  readonly output: RawValue;
}

type End = 'top' | 'bottom';

/** One document's output. */
export function single(end: End): AccumulatorCompiler {
  return (argument, context, name) => {
    const { sortBy, output } = parse(argument, name, false);
    const order = compileSort(sortBy.document(), context.environment);
    const expression = context.compile(output);
    return { operands: [expression], start: () => ranked(order, end, 1, expression, ([only]) => only ?? nullValue) };
  };
}

/** Up to n documents' outputs, in the order of the sort. */
export function several(end: End): AccumulatorCompiler {
  return (argument, context, name) => {
    const { sortBy, output, n } = parse(argument, name, true);
    const order = compileSort(sortBy.document(), context.environment);
    const expression = context.compile(output);
    const count = context.compile(n!);
    return { operands: [expression], needsGroup: count.constant === undefined, start: (group) => ranked(order, end, countOf(count.evaluate(group)), expression, arrayValue) };
  };
}

/** At the bottom the order is turned round while gathering, and back for the result. */
function ranked(order: SortOrder, end: End, n: number, output: Expression, finish: (outputs: readonly RawValue[]) => RawValue): Accumulator {
  const sign = end === 'top' ? 1 : -1;
  const kept = new BoundedOrder<Ranked>(n, (a, b) => order.compareKeys(a.key, b.key) * sign);
  let heldBytes = 0;
  return {
    add(scope) {
      const item = { key: order.keyOf(scope.root.document()), output: retained(output.evaluate(scope) ?? nullValue) };
      heldBytes += retainedBytes(item.output) - retainedBytes(kept.add(item)?.output);
    },
    result: () => {
      const outputs = kept.sorted().map((item) => item.output);
      return finish(end === 'top' ? outputs : outputs.reverse());
    },
    get heldBytes() {
      return heldBytes;
    },
  };
}

function parse(argument: RawValue, name: string, isCounted: boolean): { readonly sortBy: RawValue; readonly output: RawValue; readonly n: RawValue | undefined } {
  refuseArray(argument, name);
  if (argument.type !== BsonType.object) {
    throw new CommandError(5788001, `specification must be an object; found ${name}: ${describeValue(argument)}`);
  }
  const given = new Map(elements(argument));
  for (const field of given.keys()) {
    if (field === 'sortBy' || field === 'output' || (field === 'n' && isCounted)) continue;
    throw new CommandError(5788002, `Unknown argument to ${name} '${field}'`);
  }
  const n = given.get('n');
  const output = given.get('output');
  const sortBy = given.get('sortBy');
  if (isCounted && n === undefined) throw new CommandError(5788003, "Missing value for 'n'");
  if (output === undefined) throw new CommandError(5788004, "Missing value for 'output'");
  if (sortBy === undefined) throw new CommandError(5788005, "Missing value for 'sortBy'");
  if (sortBy.type !== BsonType.object) {
    throw new CommandError(10065, `invalid parameter: expected an object (sortBy)`);
  }
  return { sortBy, output, n };
}
