// Operations: a change of several steps, as a timeline that its owner can follow.
import * as z from 'zod';
import { timestamp } from './primitives.js';

export const operationStates = ['running', 'undoing', 'succeeded', 'failed'] as const;
export type OperationState = (typeof operationStates)[number];

export const stepStates = ['pending', 'running', 'done', 'undoing', 'undone', 'failed'] as const;
export type StepState = (typeof stepStates)[number];

export const operationStepSchema = z
  .object({
    name: z.string(),
    state: z.enum(stepStates),
    attempts: z.number().int().describe('How often it was tried; a step is tried again while a cluster does not answer'),
    started_at: timestamp.nullable(),
    finished_at: timestamp.nullable(),
    error_code: z.string().nullable(),
  })
  .meta({ id: 'OperationStep' });
export type OperationStep = z.infer<typeof operationStepSchema>;

export const operationProgressSchema = z.object({
  bytes_done: z.number(), bytes_total: z.number().nullable(), documents_done: z.number(), documents_total: z.number().nullable(),
  copied_whole: z.array(z.string()).default([]).describe('Of an online move: capped collections and time series, up to 100 names. Those that are written to are read whole while writers are stopped, which lengthens the stop'),
});

export const operationSchema = z
  .object({
    id: z.string(),
    kind: z.string().describe('For example `database.create`'),
    state: z.enum(operationStates).describe('`undoing`: a step failed for good, and what was done is taken back; then it is `failed`'),
    database_id: z.string().nullable(),
    steps: z.array(operationStepSchema),
    progress: operationProgressSchema.nullable().describe('For operations that move data'),
    error_code: z.string().nullable().describe('Why it failed, or what it waits for; null: nothing went wrong'),
    result: z.record(z.string(), z.unknown()).nullable().describe('What came of it, depending on the kind; null: it has not succeeded'),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Operation' });
export type Operation = z.infer<typeof operationSchema>;
