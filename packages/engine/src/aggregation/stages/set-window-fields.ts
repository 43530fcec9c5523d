// $setWindowFields: each document gets values computed over its neighbours. Source: the manual's page of this name.
import { canonicalKey } from '../../bson/canonical-key.js';
import { compareValues } from '../../bson/compare.js';
import { BsonType } from '../../bson/types.js';
import { elements } from '../../bson/reader.js';
import { nullValue } from '../../bson/values.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { compileSort, type SortKey } from '../../query/sort.js';
import { CommandError } from '../../errors.js';
import { breather } from '../external-sort.js';
import type { Expression, Scope } from '../expression.js';
import { documentScope, type Value } from '../expressions/compile-context.js';
import { expressionContext } from '../expressions/compile-expression.js';
import { encodeNames, splitFieldPath, valueAtPath } from '../expressions/field-path.js';
import { typeNameOf } from '../expressions/operands.js';
import { pause, type Stage, type StageContext } from '../stage.js';
import type { Partition, WindowContext, WindowFunction, WindowOrder } from '../windows/partition.js';
import { windowFunctionTable } from '../windows/window-function-table.js';
import { compileFieldWriter } from './apply-fields.js';
import { treeOfPaths } from './field-tree.js';
import { inSteps, streamStage } from './lazy.js';
import { stageBudget, type MemoryBudget } from './memory-budget.js';
import { sortedRows } from './sorted-rows.js';
import type { StageCompileContext } from './stage-compiler.js';

interface WindowFields {
  readonly partitionBy: Expression | undefined;
  readonly order: WindowOrder | undefined;
  readonly outputs: readonly { readonly path: string; readonly compute: WindowFunction }[];
}

export function compileSetWindowFields(specification: RawValue, context: StageCompileContext): Stage {
  if (specification.type !== BsonType.object) {
    throw new CommandError('FailedToParse', `the $setWindowFields stage specification must be an object, found ${typeNameOf(specification)}`);
  }
  const given = new Map(elements(specification));
  for (const option of given.keys()) {
    if (!['partitionBy', 'sortBy', 'output'].includes(option)) throw new CommandError('Location40415', `BSON field '$setWindowFields.${option}' is an unknown field.`);
  }
  const output = given.get('output');
  if (output === undefined) throw new CommandError('Location40414', "BSON field '$setWindowFields.output' is missing but a required field");
  const expressions = expressionContext(context.environment);
  const partitionBy = given.get('partitionBy');
  const order = parseOrder(given.get('sortBy'), context);
  const fields: WindowFields = {
    partitionBy: partitionBy === undefined ? undefined : expressions.compile(partitionBy),
    order,
    outputs: parseOutput(output, { expressions, environment: context.environment, order }),
  };
  return streamStage('$setWindowFields', (input, run) => computeWindows(input, fields, run, context), { passesPauses: true });
}

function parseOrder(sortBy: RawValue | undefined, context: StageCompileContext): WindowOrder | undefined {
  if (sortBy === undefined) return undefined;
  if (sortBy.type !== BsonType.object) {
    throw new CommandError('TypeMismatch', `BSON field '$setWindowFields.sortBy' is the wrong type '${typeNameOf(sortBy)}', expected type 'object'`);
  }
  const order = compileSort(sortBy.document(), context.environment);
  const [first] = order.fields;
  if (first === undefined) return undefined;
  return { order, onlyFieldNames: order.fields.length === 1 ? encodeNames(first.path.split('.')) : undefined, isAscending: first.direction === 1 };
}

function parseOutput(output: RawValue, context: WindowContext): WindowFields['outputs'] {
  if (output.type !== BsonType.object) {
    throw new CommandError('TypeMismatch', `BSON field '$setWindowFields.output' is the wrong type '${typeNameOf(output)}', expected type 'object'`);
  }
  const outputs = [...elements(output)].map(([path, value]) => {
    splitFieldPath(path);
    return { path, compute: compileFunction(path, value, context) };
  });
  refuseConflict(outputs.map(({ path }) => path));
  return outputs;
}

function refuseConflict(paths: readonly string[]): void {
  const within = new Set(paths);
  for (const path of paths) {
    const names = path.split('.');
    const outer = names.map((_, depth) => names.slice(0, depth).join('.')).find((prefix) => within.has(prefix));
    if (outer !== undefined) throw new CommandError(6307900, `specification contains two conflicting paths. Cannot specify both '${path}' and '${outer}'`);
  }
}

function compileFunction(path: string, value: RawValue, context: WindowContext): WindowFunction {
  if (value.type !== BsonType.object) throw new CommandError('FailedToParse', `The field '${path}' must be an object`);
  let window: RawValue | undefined;
  let call: readonly [name: string, argument: RawValue] | undefined;
  for (const [name, argument] of elements(value)) {
    if (name === 'window') window = argument;
    else if (!name.startsWith('$')) throw new CommandError('FailedToParse', `Window function found an unknown argument: ${name}`);
    else if (call !== undefined) throw new CommandError('FailedToParse', `Cannot specify two functions in window function spec: ${call[0]} and ${name}`);
    else call = [name, argument];
  }
  if (call === undefined) throw new CommandError('FailedToParse', 'Expected a $-prefixed window function');
  const compile = windowFunctionTable.get(call[0]);
  if (compile === undefined) throw new CommandError('FailedToParse', `Unrecognized window function, ${call[0]}`);
  return compile(call[1], window, context, call[0]);
}

function* computeWindows(input: Iterable<RawDocument>, fields: WindowFields, run: StageContext, context: StageCompileContext): Generator<RawDocument> {
  const slots: Value[] = fields.outputs.map(() => undefined);
  const paths = fields.outputs.map(({ path }, index) => [path, slotExpression(slots, index)] as const);
  const write = compileFieldWriter(treeOfPaths(paths));
  const budget = stageBudget('$setWindowFields', run);
  try {
    const partitions = yield* partitionsOf(input, fields, budget, context);
    for (const documents of partitions) {
      const partition = yield* partitionOf(documents, fields.order, run);
      const columns = fields.outputs.map(({ compute }) => compute(partition));
      for (const [row, document] of partition.documents.entries()) {
        run.sources.checkInterrupt();
        columns.forEach((valueOf, index) => (slots[index] = valueOf(row)));
        yield write(document);
        // A wide window takes long for each document.
        if (run.pauses === true) yield pause;
      }
    }
  } finally {
    budget.close();
  }
}

function slotExpression(slots: readonly Value[], index: number): Expression {
  return { evaluate: () => slots[index], dependencies: undefined };
}

/** The documents of each partition; partitions come in the order of their values. */
function* partitionsOf(input: Iterable<RawDocument>, { partitionBy }: WindowFields, budget: MemoryBudget, context: StageCompileContext): Generator<RawDocument, readonly RawDocument[][]> {
  const { collation } = context.environment;
  const found = new Map<string, { readonly value: RawValue; readonly documents: RawDocument[] }>();
  for (const document of input) {
    if (document === pause) {
      yield pause;
      continue;
    }
    budget.add(document.length + 200);
    const value = partitionBy?.evaluate(documentScope(documentValue(document))) ?? nullValue;
    if (value.type === BsonType.array) {
      throw new CommandError('TypeMismatch', 'An expression used to partition cannot evaluate to value of type array');
    }
    const key = canonicalKey(value, collation);
    const existing = found.get(key);
    if (existing === undefined) found.set(key, { value, documents: [document] });
    else existing.documents.push(document);
  }
  return [...found.values()].sort((a, b) => compareValues(a.value, b.value, collation)).map(({ documents }) => documents);
}

function* partitionOf(unsorted: readonly RawDocument[], window: WindowOrder | undefined, run: StageContext): Generator<RawDocument, Partition> {
  const unordered: { readonly document: RawDocument; readonly key: SortKey }[] = [];
  for (const document of inSteps(unsorted, run)) {
    if (document === breather) yield pause;
    else unordered.push({ document, key: window?.order.keyOf(document) ?? [] });
  }
  const keyed = window === undefined ? unordered : yield* sortedRows(unordered, (a, b) => window.order.compareKeys(a.key, b.key), run);
  const documents: RawDocument[] = [];
  const scopes: Scope[] = [];
  const sortValues: Value[] = [];
  const names = window?.onlyFieldNames;
  for (const row of inSteps(keyed, run)) {
    if (row === breather) {
      yield pause;
      continue;
    }
    const scope = documentScope(documentValue(row.document));
    documents.push(row.document);
    scopes.push(scope);
    if (names !== undefined) sortValues.push(valueAtPath(scope.root, names, 0));
  }
  return {
    documents,
    scopes,
    sortValue: (index) => sortValues[index],
    isPeer: (a, b) => window === undefined || window.order.compareKeys(keyed[a]!.key, keyed[b]!.key) === 0,
  };
}
