// What the platform says about itself to whatever watches over it.
import * as z from 'zod';

export const livenessSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Liveness' });
export type Liveness = z.infer<typeof livenessSchema>;

const absent = z.object({ name: z.string(), reason: z.string() });

export const readinessSchema = z
  .object({
    status: z.enum(['ready', 'not_ready']),
    missing: z.array(absent).describe('What keeps the platform from being ready'),
    degraded: z.array(absent).describe('What is missing too, and can be done without for a while'),
  })
  .meta({ id: 'Readiness' });
export type Readiness = z.infer<typeof readinessSchema>;
