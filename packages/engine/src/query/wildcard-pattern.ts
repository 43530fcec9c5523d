// The key pattern of a wildcard index taken apart: which field is the wildcard, and which paths it stands for.
// Source: the manual's "Wildcard Indexes", "Compound Wildcard Indexes" and "Wildcard Index Restrictions".
import { documentValue, type RawDocument, type RawValue } from '../bson/raw-value.js';
import { elements } from '../bson/reader.js';
import { isTruthy } from '../bson/truth.js';
import { BsonType } from '../bson/types.js';

/** What the keys' field of paths is called, in explain and in keys that `returnKey` shows. */
export const pathFieldName = '$_path';
const wholeDocument = '$**';

/** `$**` or `a.b.$**`: the field of a key pattern that stands for paths. */
export function isWildcardName(name: string): boolean {
  return name === wholeDocument || name.endsWith(`.${wholeDocument}`);
}

/** Which paths have keys. */
export interface WildcardScope {
  /** Whether values at this path have keys. */
  covers(path: string): boolean;
  /** Whether values somewhere below this path have keys. */
  leadsTo(path: string): boolean;
}

export interface WildcardPattern {
  /** Where among the pattern's fields the wildcard stands. */
  readonly position: number;
  /** The other fields before it, and behind it. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly scope: WildcardScope;
}

/** Whether the path is the other one or lies below it. */
export function isWithinPath(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}.`);
}

function inclusion(included: readonly string[]): WildcardScope {
  return {
    covers: (path) => included.some((each) => isWithinPath(path, each)),
    leadsTo: (path) => included.some((each) => isWithinPath(each, path)),
  };
}

function exclusion(excluded: readonly string[]): WildcardScope {
  const covers = (path: string): boolean => !excluded.some((each) => isWithinPath(path, each));
  return { covers, leadsTo: covers };
}

/** The paths that a projection names, each with whether it is included; `{a: {b: 1}}` names `a.b`. */
export function projectedPaths(projection: RawDocument, prefix = ''): [path: string, isIncluded: boolean][] {
  return [...elements(documentValue(projection))].flatMap(([name, value]): [string, boolean][] => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    return value.type === BsonType.object ? projectedPaths(value.document(), path) : [[path, isTruthy(value)]];
  });
}

function projectedScope(projection: RawDocument): WildcardScope {
  const paths = projectedPaths(projection);
  const fields = paths.filter(([path]) => path !== '_id');
  const hasId = paths.some(([path, isIncluded]) => path === '_id' && isIncluded);
  const isInclusion = fields.length === 0 ? hasId : fields.some(([, isIncluded]) => isIncluded);
  const named = fields.map(([path]) => path);
  // The `_id` has no keys unless it is asked for.
  return isInclusion ? inclusion(hasId ? [...named, '_id'] : named) : exclusion(hasId ? named : [...named, '_id']);
}

function scopeOf(name: string, projection: RawDocument | undefined): WildcardScope {
  if (name !== wholeDocument) return inclusion([name.slice(0, -wholeDocument.length - 1)]);
  return projection === undefined ? exclusion(['_id']) : projectedScope(projection);
}

/** Undefined where no field of the pattern is a wildcard. */
export function wildcardPatternOf(key: RawDocument, projection: RawValue | undefined): WildcardPattern | undefined {
  const names = [...elements(documentValue(key))].map(([name]) => name);
  const position = names.findIndex(isWildcardName);
  if (position === -1) return undefined;
  return {
    position, before: names.slice(0, position), after: names.slice(position + 1),
    scope: scopeOf(names[position]!, projection?.document()),
  };
}
