// The one form of every error answer (R4.5).
import * as z from 'zod';

export const errorBodySchema = z
  .object({
    error: z.object({
      code: z.string().describe('A code of the error catalogue'),
      message: z.string(),
      details: z.record(z.string(), z.unknown()),
    }),
  })
  .meta({ id: 'Error' });

export type ErrorBody = z.infer<typeof errorBodySchema>;

/** One entry of the `details.issues` of VALIDATION_FAILED. */
export interface ValidationIssue {
  /** Where: `body.name`, `query.limit`. */
  readonly path: string;
  readonly message: string;
}
