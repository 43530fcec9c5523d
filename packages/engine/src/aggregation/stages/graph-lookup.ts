// $graphLookup: follows references from document to document. Source: the manual's page "$graphLookup (aggregation)".
import { canonicalKey } from '../../bson/canonical-key.js';
import { exactInteger } from '../../bson/integers.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { arrayValues, elements, getDocumentField } from '../../bson/reader.js';
import { arrayValue, booleanValue, documentOf, int64Value, nullValue } from '../../bson/values.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeValue } from '../describe-value.js';
import type { Expression } from '../expression.js';
import { documentScope } from '../expressions/compile-context.js';
import { compileExpression } from '../expressions/compile-expression.js';
import { encodeNames, splitFieldPath, valueAtPath } from '../expressions/field-path.js';
import { typeNameOf } from '../expressions/operands.js';
import { pause, type Stage, type StageContext } from '../stage.js';
import { memoryOnly } from '../working-memory.js';
import { streamStage } from './lazy.js';
import { MemoryBudget } from './memory-budget.js';
import { setPath } from './set-path.js';
import type { StageCompileContext } from './stage-compiler.js';

interface GraphLookup {
  readonly from: string;
  readonly as: readonly string[];
  readonly startWith: Expression;
  readonly connectFromNames: readonly Buffer[];
  readonly connectToField: string;
  readonly maxDepth: number;
  readonly depthPath: readonly string[] | undefined;
  readonly restriction: RawValue | undefined;
}

const stringOptions = ['from', 'as', 'connectFromField', 'connectToField', 'depthField'];

export function compileGraphLookup(specification: RawValue, context: StageCompileContext): Stage {
  const lookup = parseGraphLookup(specification, context);
  return streamStage(
    '$graphLookup',
    function* (input, run) {
      for (const document of input) {
        if (document === pause) {
          yield pause;
          continue;
        }
        const start = lookup.startWith.evaluate(documentScope(documentValue(document)));
        const found = yield* search(start, lookup, run, context);
        yield setPath(document, lookup.as, arrayValue(found.map(documentValue)));
      }
    },
    { passesPauses: true, foreignNamespaces: [{ database: undefined, collection: lookup.from, access: 'read' }] },
  );
}

/** Breadth first: all values of one depth are looked up at once, each document is taken once. */
function* search(start: RawValue | undefined, lookup: GraphLookup, run: StageContext, context: StageCompileContext): Generator<RawDocument, readonly RawDocument[]> {
  const { collation } = context.environment;
  const budget = new MemoryBudget(run, (run.memory ?? memoryOnly).stageLimitBytes, () => '$graphLookup reached maximum memory consumption');
  const found = new Map<string, RawDocument>();
  const asked = new Set<string>();
  let frontier = newValues(start, asked, collation);
  try {
    for (let depth = 0; frontier.length > 0 && depth <= lookup.maxDepth; depth += 1) {
      run.sources.checkInterrupt();
      const next: RawValue[] = [];
      for (const document of run.sources.readCollection(run.database, lookup.from, [connection(frontier, lookup)], context.environment, run.pauses)) {
        if (document === pause) {
          yield pause;
          continue;
        }
        const key = canonicalKey(getDocumentField(document, '_id') ?? nullValue);
        if (found.has(key)) continue;
        budget.add(document.length + key.length);
        found.set(key, lookup.depthPath === undefined ? document : setPath(document, lookup.depthPath, int64Value(BigInt(depth))));
        for (const value of newValues(valueAtPath(documentValue(document), lookup.connectFromNames, 0), asked, collation)) next.push(value);
      }
      frontier = next;
    }
    return [...found.values()];
  } finally {
    budget.close();
  }
}

/** The values (of an array: its elements) that were not asked for before. */
function newValues(value: RawValue | undefined, asked: Set<string>, collation: StageCompileContext['environment']['collation']): RawValue[] {
  if (value === undefined) return [];
  const values = value.type === BsonType.array ? arrayValues(value).flatMap((item) => (item.type === BsonType.array ? arrayValues(item) : [item])) : [value];
  return values.filter((item) => {
    const key = canonicalKey(item, collation);
    if (asked.has(key)) return false;
    asked.add(key);
    return true;
  });
}

function connection(frontier: readonly RawValue[], { connectToField, restriction }: GraphLookup): RawDocument {
  const conditions: (readonly [string, RawValue])[] = [['$in', arrayValue(frontier)]];
  // Null leads to null, not to documents that have no such field.
  if (frontier.some((value) => value.isNullish())) conditions.push(['$exists', booleanValue(true)]);
  const connected = documentOf([[connectToField, documentValue(documentOf(conditions))]]);
  const filter = restriction === undefined ? connected : documentOf([['$and', arrayValue([documentValue(connected), restriction])]]);
  return documentOf([['$match', documentValue(filter)]]);
}

function parseGraphLookup(specification: RawValue, context: StageCompileContext): GraphLookup {
  if (specification.type !== BsonType.object) {
    throw new CommandError('FailedToParse', `the $graphLookup stage specification must be an object, but found ${typeNameOf(specification)}`);
  }
  const from = foreignCollection(specification);
  const strings = new Map<string, string>();
  let startWith: Expression | undefined;
  let maxDepth = Number.POSITIVE_INFINITY;
  let restriction: RawValue | undefined;
  for (const [option, value] of elements(specification)) {
    if (option === 'startWith') startWith = compileExpression(value, context.environment);
    else if (option === 'maxDepth') maxDepth = parseMaxDepth(value);
    else if (option === 'restrictSearchWithMatch') restriction = parseRestriction(value, context);
    else if (!stringOptions.includes(option)) throw new CommandError(40104, `Unknown argument to $graphLookup: ${option}`);
    else if (value.type === BsonType.string) strings.set(option, value.string());
    else throw new CommandError(40103, `$graphLookup argument '${option}' must be a string, found: ${describeValue(value)}, of type ${typeNameOf(value)}`);
  }
  const [as, connectFrom, connectTo] = ['as', 'connectFromField', 'connectToField'].map((option) => strings.get(option));
  if (as === undefined || startWith === undefined || connectFrom === undefined || connectTo === undefined) {
    throw new CommandError(40105, "$graphLookup requires 'from', 'as', 'startWith', 'connectFromField', and 'connectToField' to be specified");
  }
  const depthField = strings.get('depthField');
  return {
    from,
    as: splitFieldPath(as),
    startWith,
    connectFromNames: encodeNames(splitFieldPath(connectFrom)),
    connectToField: splitFieldPath(connectTo).join('.'),
    maxDepth,
    depthPath: depthField === undefined ? undefined : splitFieldPath(depthField),
    restriction,
  };
}

/** Looked at before everything else: it says what must be readable. */
function foreignCollection(specification: RawValue): string {
  const from = new Map(elements(specification)).get('from');
  if (from === undefined) throw new CommandError('FailedToParse', "missing 'from' option to $graphLookup stage specification");
  if (from.type !== BsonType.string) {
    throw new CommandError('FailedToParse', `$graphLookup 'from' field must be a string, but found ${typeNameOf(from)}`);
  }
  const name = from.string();
  if (name === '') throw new CommandError('InvalidNamespace', 'invalid $graphLookup namespace: the collection has no name');
  return name;
}

function parseMaxDepth(value: RawValue): number {
  if (!isNumericType(value.type)) {
    throw new CommandError(40100, `maxDepth requires numeric argument, found maxDepth: ${describeValue(value)}, type: ${typeNameOf(value)}`);
  }
  const depth = exactInteger(value);
  if (depth === undefined || BigInt.asIntN(64, depth) !== depth) {
    throw new CommandError(40102, `maxDepth could not be represented as a long long: ${describeValue(value)}`);
  }
  if (depth < 0n) throw new CommandError(40101, `maxDepth requires a nonnegative argument, found: ${describeValue(value)}`);
  return Number(depth);
}

/** Compiled once to refuse a bad filter, even where nothing is searched. */
function parseRestriction(value: RawValue, context: StageCompileContext): RawValue {
  if (value.type !== BsonType.object) {
    throw new CommandError(40185, `$graphLookup argument 'restrictSearchWithMatch' must be an object, found: ${describeValue(value)}, of type ${typeNameOf(value)}`);
  }
  context.compileNested([documentOf([['$match', value]])], context.environment, 'lookup');
  return value;
}
