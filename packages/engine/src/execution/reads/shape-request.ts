// How commands name a shape of queries: a query, a sort, a projection and a collation, whose values do not matter.
// Source: the manual's "planCacheSetFilter", "Query Shape".
import type { RawDocument } from '../../bson/raw-value.js';
import type { CommandContext } from '../../dispatch/context.js';
import { CommandError } from '../../errors.js';
import type { CollectionEntry } from '../../storage/units.js';
import { environmentOf } from '../environment.js';
import { compileRead, type ReadQuery } from './read-query.js';

export const shapeFields = { query: 'object', sort: 'object', projection: 'object', collation: 'object' } as const;

export interface ShapeRequest {
  readonly query?: RawDocument | undefined;
  readonly sort?: RawDocument | undefined;
  readonly projection?: RawDocument | undefined;
  readonly collation?: RawDocument | undefined;
}

/** A query of the shape; undefined: all shapes are meant. Throws BadValue where parts of a shape stand without a query. */
export function queryOfShape(context: CommandContext, collection: string, { query, sort, projection, collation }: ShapeRequest): ReadQuery | undefined {
  if (query !== undefined) return compileRead({ filter: query, sort, projection }, environmentOf(context, { collation }, { database: context.database, collection }));
  if (sort === undefined && projection === undefined && collation === undefined) return undefined;
  throw new CommandError('BadValue', 'sort, projection or collation provided without query');
}

export function collectionOfShape(context: CommandContext, name: string): CollectionEntry | undefined {
  return context.read((unit) => unit.collection(context.database, name));
}
