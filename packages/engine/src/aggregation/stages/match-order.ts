// Moves $match forward past stages that do not touch what it looks at, so that the planner can use an index for it: what a
// view's own stages would otherwise be in the way of. Source: the manual's page "Aggregation Pipeline Optimization".
import { isTruthy } from '../../bson/truth.js';
import { BsonType, isNumericType } from '../../bson/types.js';
import { arrayValues, elements } from '../../bson/reader.js';
import type { RawValue } from '../../bson/raw-value.js';
import type { QueryEnvironment } from '../../query/environment.js';
import { compileExpression } from '../expressions/compile-expression.js';

interface NamedStage {
  readonly name: string;
  readonly specification: RawValue;
}

/** The same stages with every `$match` as far forward as it can go; matches keep their order among themselves. */
export function matchesFirst<T extends NamedStage>(stages: readonly T[], environment: QueryEnvironment): readonly T[] {
  const ordered: T[] = [];
  for (const stage of stages) {
    let place = ordered.length;
    const names = stage.name === '$match' ? namesRead(stage.specification, environment) : undefined;
    while (names !== undefined && place > 0 && isUntouched(names, ordered[place - 1]!)) place -= 1;
    ordered.splice(place, 0, stage);
  }
  return ordered;
}

/** The top-level fields that a filter looks at; undefined where it may look at anything or answers differently each time. */
function namesRead(filter: RawValue, environment: QueryEnvironment): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  return collectNames(filter, environment, names) ? names : undefined;
}

function collectNames(filter: RawValue, environment: QueryEnvironment, names: Set<string>): boolean {
  for (const [name, value] of elements(filter)) {
    if (!name.startsWith('$')) names.add(firstName(name));
    else if (name === '$and' || name === '$or' || name === '$nor') {
      if (!arrayValues(value).every((part) => collectNames(part, environment, names))) return false;
    } else if (name === '$expr') {
      const { dependencies } = compileExpression(value, environment);
      if (dependencies === undefined || mentionsRandom(value)) return false;
      for (const path of dependencies) names.add(firstName(path));
    } else if (name !== '$comment') {
      return false;
    }
  }
  return true;
}

function mentionsRandom(value: RawValue): boolean {
  if (value.type !== BsonType.object && value.type !== BsonType.array) return false;
  return [...elements(value)].some(([name, inner]) => name === '$rand' || mentionsRandom(inner));
}

function firstName(path: string): string {
  return path.split('.', 1)[0]!;
}

function isUntouched(names: ReadonlySet<string>, stage: NamedStage): boolean {
  const leaves = untouchedBy[stage.name]?.(stage.specification);
  return leaves !== undefined && [...names].every(leaves);
}

type Leaves = (name: string) => boolean;

/** By stage: which top-level fields come out of it as they went in, in every document that comes out of it. */
const untouchedBy: Readonly<Record<string, (specification: RawValue) => Leaves>> = {
  $sort: () => () => true,
  $addFields: allButKeys,
  $set: allButKeys,
  $unset: (specification) => allBut((specification.type === BsonType.array ? arrayValues(specification) : [specification]).map((item) => item.string())),
  $lookup: allButAs,
  $graphLookup: allButAs,
  $unwind: (specification) => (specification.type === BsonType.string ? allBut([specification.string().slice(1)]) : allBut(unwoundPaths(specification))),
  $project: projected,
};

function allBut(paths: readonly string[]): Leaves {
  const touched = new Set(paths.map(firstName));
  return (name) => !touched.has(name);
}

function allButKeys(specification: RawValue): Leaves {
  return allBut([...elements(specification)].map(([name]) => name));
}

function allButAs(specification: RawValue): Leaves {
  return allBut([...elements(specification)].filter(([name]) => name === 'as' || name === 'depthField').map(([, value]) => value.string()));
}

function unwoundPaths(specification: RawValue): readonly string[] {
  return [...elements(specification)]
    .filter(([name]) => name === 'path' || name === 'includeArrayIndex')
    .map(([name, value]) => (name === 'path' ? value.string().slice(1) : value.string()));
}

function projected(specification: RawValue): Leaves {
  const fields = [...elements(specification)];
  const flags = fields.filter(([, value]) => value.type === BsonType.bool || isNumericType(value.type));
  const isExclusion = flags.length === fields.length && fields.every(([name, value]) => !isTruthy(value) || (name === '_id' && fields.length > 1));
  if (isExclusion) return allBut(flags.filter(([, value]) => !isTruthy(value)).map(([name]) => name));
  const kept = new Set(flags.filter(([, value]) => isTruthy(value)).map(([name]) => name));
  if (!fields.some(([name]) => firstName(name) === '_id')) kept.add('_id');
  return (name) => kept.has(name);
}
