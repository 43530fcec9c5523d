// Accounts: signing up, signing in, and who one is.
import * as z from 'zod';
import { timestamp } from './primitives.js';

export const roles = ['user', 'operator'] as const;
export type Role = (typeof roles)[number];

const email = z.string().trim().max(254).pipe(z.email());

export const signUpSchema = z
  .strictObject({
    email,
    // 8 at least, as NIST SP 800-63B asks; the upper bound keeps long inputs from the hash.
    password: z.string().min(8).max(256),
    name: z.string().trim().min(1).max(100),
  })
  .meta({ id: 'SignUp' });
export type SignUp = z.infer<typeof signUpSchema>;

export const signInSchema = z.strictObject({ email: z.string().trim().min(1).max(254), password: z.string().min(1).max(256) }).meta({ id: 'SignIn' });
export type SignIn = z.infer<typeof signInSchema>;

export const accountSummarySchema = z.object({ id: z.string(), email: z.string(), name: z.string() }).meta({ id: 'AccountSummary' });
export type AccountSummary = z.infer<typeof accountSummarySchema>;

export const signedInSchema = z
  .object({ token: z.string().describe('Session token: send it as `Authorization: Bearer`'), user: accountSummarySchema })
  .meta({ id: 'SignedIn' });
export type SignedIn = z.infer<typeof signedInSchema>;

export const accountSchema = accountSummarySchema
  .extend({
    role: z.enum(roles),
    created_at: timestamp,
    default_database_id: z.string().nullable(),
    total_quota_mb: z.number().nullable(),
    quota: z.object({
      total_mb: z.number().nullable().describe('What all databases together may hold; null: as much as they like'),
      used_mb: z.number().describe('What they hold together'),
    }),
  })
  .meta({ id: 'Account' });
export type Account = z.infer<typeof accountSchema>;

export const createUserSchema = signUpSchema.extend({ role: z.enum(roles).default('user') }).meta({ id: 'CreateUser' });
export type CreateUser = z.infer<typeof createUserSchema>;
