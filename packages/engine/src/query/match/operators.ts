// Every query operator there is, in tables: what a field takes, what a filter takes, and what this server does not do.
// Source: the manual's "Query and Projection Operators".
import { CommandError } from '../../errors.js';
import { arrayOperators } from './array.js';
import { bitwiseOperators } from './bitwise.js';
import { comparisonOperators } from './comparison.js';
import { elementOperators } from './element.js';
import { schemaOperators } from './json-schema/compile-schema.js';
import { fieldLogicalOperators, logicalOperators } from './logical.js';
import { membershipOperators } from './membership.js';
import { moduloOperators } from './modulo.js';
import type { FieldOperator, TopLevelOperator } from './predicate.js';
import { regexOperators } from './regex.js';
import { wholeDocumentOperators } from './whole-document.js';

/** `{field: {$operator: ...}}` */
export const fieldOperators: ReadonlyMap<string, FieldOperator> = new Map(
  Object.entries({
    ...comparisonOperators,
    ...membershipOperators,
    ...elementOperators,
    ...arrayOperators,
    ...regexOperators,
    ...moduloOperators,
    ...bitwiseOperators,
    ...fieldLogicalOperators,
  }),
);

/** `{$operator: ...}` */
export const topLevelOperators: ReadonlyMap<string, TopLevelOperator> = new Map(
  Object.entries({ ...logicalOperators, ...wholeDocumentOperators, ...schemaOperators }),
);

/** Operators of MongoDB that this server refuses, with what stands in their place. */
export const unsupportedOperators: ReadonlyMap<string, string> = new Map([
  ['$where', 'JavaScript does not run on this server; use $expr'],
  ['$text', 'text indexes are not supported; use $regex'],
  ['$geoWithin', 'geospatial queries are not supported'],
  ['$geoIntersects', 'geospatial queries are not supported'],
  ['$near', 'geospatial queries are not supported'],
  ['$nearSphere', 'geospatial queries are not supported'],
  ['$within', 'geospatial queries are not supported'],
  ['$geoNear', 'geospatial queries are not supported'],
  ['$maxDistance', 'geospatial queries are not supported'],
  ['$minDistance', 'geospatial queries are not supported'],
]);

/** The error for an operator that neither table has. */
export function unknownOperator(name: string, isTopLevel: boolean): CommandError {
  if (name === '$where' && !isTopLevel) return new CommandError('BadValue', '$where cannot be applied to a field');
  const instead = unsupportedOperators.get(name);
  if (instead !== undefined) return new CommandError('NotImplemented', `${name} is not supported: ${instead}`);
  if (!isTopLevel) return new CommandError('BadValue', `unknown operator: ${name}`);
  return new CommandError(
    'BadValue',
    `unknown top level operator: ${name}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
  );
}
