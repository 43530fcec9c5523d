// Lists come in pages: how a caller asks for one and what it gets.
import * as z from 'zod';
import { queryInteger } from './primitives.js';

export const pageLimits = { default: 20, maximum: 100, maximumOffset: 1_000_000 } as const;

/** The two fields every list query has. */
export const pageQueryFields = {
  limit: queryInteger(1, pageLimits.maximum).default(pageLimits.default).describe('How many items to answer at most'),
  offset: queryInteger(0, pageLimits.maximumOffset).default(0).describe('How many items to skip'),
};

/** Part of a list, and how long the whole is. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

/** The schema of a page of `item`. */
export function pageOf<Item extends z.ZodType>(
  item: Item,
): z.ZodObject<{ items: z.ZodArray<Item>; total: z.ZodNumber; limit: z.ZodNumber; offset: z.ZodNumber }> {
  return z.object({ items: z.array(item), total: z.number().int().min(0), limit: z.number().int(), offset: z.number().int() });
}
