// The few value shapes that several resources share.
import * as z from 'zod';

/** RFC 3339, UTC. */
export const timestamp = z.iso.datetime().describe('RFC 3339 time in UTC');

/** What an id may look like at all; an id of another shape names nothing and answers like an absent one. */
export const resourceId = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/u);

/** A whole number in a query string. */
export function queryInteger(minimum: number, maximum: number): z.ZodType<number> {
  return z
    .string()
    .regex(/^\d{1,9}$/u, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().int().min(minimum).max(maximum));
}

/** A truth value in a query string. */
export const queryBoolean = z.enum(['true', 'false']).transform((text) => text === 'true').pipe(z.boolean());

/** A body or query that carries nothing. */
export const nothing = z.strictObject({});
