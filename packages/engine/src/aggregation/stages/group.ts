// $group. Source: the manual's page "$group (aggregation)".
import { BsonType } from '../../bson/types.js';
import { canonicalKey } from '../../bson/canonical-key.js';
import type { Collation } from '../../bson/collation.js';
import { elements } from '../../bson/reader.js';
import { emptyDocument } from '../../bson/writer.js';
import { documentOf, nullValue } from '../../bson/values.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { retained, retainedBytes, type Accumulator, type CompiledAccumulator } from '../accumulators/accumulator.js';
import { accumulatorTable } from '../accumulators/accumulator-table.js';
import type { Expression } from '../expression.js';
import { documentScope, type CompileContext } from '../expressions/compile-context.js';
import { expressionContext } from '../expressions/compile-expression.js';
import { unsupportedOperators } from '../expressions/unsupported-operators.js';
import { breather } from '../external-sort.js';
import { mergeDependencies } from '../expressions/derive.js';
import { pause, type FirstOfGroups, type Stage, type StageContext, type StageReads } from '../stage.js';
import { countValue } from './count.js';
import { inSteps, streamStage } from './lazy.js';
import { spillsOf, stageBudget, withDiskUseFactor } from './memory-budget.js';
import { mostLevels, Postponed } from './postponed.js';
import type { StageCompileContext } from './stage-compiler.js';

export interface GroupField {
  readonly name: string;
  readonly accumulator: CompiledAccumulator;
}

export function compileGroup(specification: RawValue, context: StageCompileContext): Stage {
  if (specification.type !== BsonType.object) throw new CommandError(15947, "a group's fields must be specified in an object");
  const expressions = expressionContext(context.environment);
  let id: Expression | undefined;
  const fields: GroupField[] = [];
  for (const [name, value] of elements(specification)) {
    if (name === '_id') {
      if (id !== undefined) throw new CommandError(15948, "a group's _id may only be specified once");
      id = expressions.compile(value);
    } else if (name === '$doingMerge') {
      throw new CommandError(17030, '$doingMerge should be true if present');
    } else {
      fields.push(compileGroupField(name, value, expressions));
    }
  }
  if (id === undefined) throw new CommandError(15955, 'a group specification must include an _id');
  const key = id;
  return streamStage('$group', (input, run) => groupBy('$group', input, key, fields, run, context), {
    passesPauses: true, reads: groupReads(key, fields), firstOfGroups: firstOfGroups(specification), ofCount: groupOfCount(key, specification),
  });
}

/** What groups by this key and with these fields are made of. */
export function groupReads(key: Expression, fields: readonly GroupField[]): StageReads | undefined {
  const paths = mergeDependencies([key, ...fields.flatMap(({ accumulator }) => accumulator.operands)]);
  return paths === undefined ? undefined : { paths, replacesDocuments: true };
}

/** One group of all documents that are only counted: `{_id: null, n: {$sum: 1}}`, as drivers count. */
function groupOfCount({ constant }: Expression, specification: RawValue): Stage['ofCount'] {
  const names = [...elements(specification)].filter(([name]) => name !== '_id');
  if (constant === undefined || !names.every(([, value]) => isCount(value))) return undefined;
  return (count) => (count === 0 ? undefined : documentOf([['_id', constant], ...names.map(([name]) => [name, countValue(count)] as const)]));
}

function isCount(accumulator: RawValue): boolean {
  const [operator] = elements(accumulator);
  return operator?.[0] === '$count' || (operator?.[0] === '$sum' && operator[1].type === BsonType.int && operator[1].number() === 1);
}

/** Groups by a field, without accumulators or with `$first` alone. */
function firstOfGroups(specification: RawValue): FirstOfGroups | undefined {
  const fields = [...elements(specification)];
  const id = fields.find(([name]) => name === '_id')?.[1];
  if (id?.type !== BsonType.string || !/^\$[^$]/u.test(id.string())) return undefined;
  const others = fields.filter(([name]) => name !== '_id');
  const isFirst = ([, value]: readonly [string, RawValue]): boolean => [...elements(value)][0]?.[0] === '$first';
  return others.every(isFirst) ? { path: id.string().slice(1), readsFirst: others.length > 0 } : undefined;
}

/** One accumulated field of `$group` or `$bucket`. */
export function compileGroupField(name: string, value: RawValue, context: CompileContext): GroupField {
  if (name.includes('.')) throw new CommandError(40235, `The field name '${name}' cannot contain '.'`);
  if (name.startsWith('$')) throw new CommandError(40236, `The field name '${name}' cannot be an operator name`);
  if (value.type !== BsonType.object) throw new CommandError(40234, `The field '${name}' must be an accumulator object`);
  const operators = [...elements(value)];
  const [operator] = operators;
  if (operator === undefined || operators.length !== 1) throw new CommandError(40238, `The field '${name}' must specify one accumulator`);
  const compile = accumulatorTable.get(operator[0]);
  if (compile === undefined) throw unknownAccumulator(operator[0]);
  return { name, accumulator: compile(operator[1], context, operator[0]) };
}

function unknownAccumulator(name: string): CommandError {
  const refusal = unsupportedOperators.get(name);
  return refusal === undefined ? new CommandError(15952, `unknown group operator '${name}'`) : new CommandError(refusal.code, refusal.message);
}

interface Group {
  readonly id: RawValue;
  readonly states: readonly Accumulator[];
  heldBytes: number;
}

const groupOverheadBytes = 200;

/** One document per distinct value of `key`, in the order in which the groups were first met, as far as they fit into memory. */
export function groupBy(stageName: string, input: Iterable<RawDocument>, key: Expression, fields: readonly GroupField[], run: StageContext, context: StageCompileContext): Iterable<RawDocument> {
  return groupAll({ stageName, key, fields, run, collation: context.environment.collation }, input, 0);
}

interface Grouping {
  readonly stageName: string;
  readonly key: Expression;
  readonly fields: readonly GroupField[];
  readonly run: StageContext;
  readonly collation: Collation | undefined;
}

/** Once memory is used up, documents that would begin a new group wait in files, each with its part of the groups, for a turn of their own. */
function* groupAll(grouping: Grouping, input: Iterable<RawDocument>, level: number): Generator<RawDocument> {
  const { stageName, key, fields, run, collation } = grouping;
  const budget = stageBudget(stageName, run, true);
  const groups = new Map<string, Group>();
  const later = new Postponed(level < mostLevels ? spillsOf(run) : undefined, level);
  try {
    for (const document of input) {
      if (document === pause) {
        yield pause;
        continue;
      }
      const scope = documentScope(documentValue(document));
      const id = key.evaluate(scope) ?? nullValue;
      const groupKey = canonicalKey(id, collation);
      let group = groups.get(groupKey);
      if (group === undefined && later.hasBegun) {
        later.add(groupKey, document);
        continue;
      }
      let growth = 0;
      if (group === undefined) {
        group = startGroup(id, fields);
        groups.set(groupKey, group);
        growth = retainedBytes(group.id) + 2 * groupKey.length + groupOverheadBytes * (1 + fields.length);
      }
      for (const state of group.states) state.add(scope);
      const heldBytes = heldBy(group);
      growth += heldBytes - group.heldBytes;
      group.heldBytes = heldBytes;
      if (!budget.hold(growth) && !(later.begin() && budget.isBearable(withDiskUseFactor))) budget.refuse();
    }
    for (const group of groups.values()) yield groupDocument(group.id, fields, group.states);
    groups.clear();
    budget.close();
    for (const documents of later.parts()) yield* groupAll(grouping, resting(documents, run), level + 1);
  } finally {
    later.remove();
    budget.close();
  }
}

function* resting(documents: Iterable<RawDocument>, run: StageContext): Generator<RawDocument> {
  for (const document of inSteps(documents, run)) yield document === breather ? pause : document;
}

function startGroup(id: RawValue, fields: readonly GroupField[]): Group {
  const own = retained(id);
  return { id: own, states: startStates(own, fields), heldBytes: 0 };
}

/** Fresh states for a group of this `_id`. */
export function startStates(id: RawValue, fields: readonly GroupField[]): readonly Accumulator[] {
  const scope = documentScope(id.type === BsonType.object ? id : documentValue(emptyDocument));
  return fields.map(({ accumulator }) => accumulator.start(scope));
}

function heldBy(group: Group): number {
  let heldBytes = 0;
  for (const state of group.states) heldBytes += state.heldBytes;
  return heldBytes;
}

/** `{_id, <field>: <result>, ...}`; what is missing becomes null. */
export function groupDocument(id: RawValue, fields: readonly GroupField[], states: readonly Accumulator[]): RawDocument {
  const results = fields.map(({ name }, index) => [name, states[index]!.result() ?? nullValue] as const);
  return documentOf([['_id', id] as const, ...results]);
}
