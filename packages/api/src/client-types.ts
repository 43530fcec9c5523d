// The client's types, derived from the route table: one function per route, one flat input per function.
import type * as z from 'zod';
import type { Route } from './route.js';
import type { routes } from './routes.js';

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Given by default on POST and DELETE. Give your own to make a repeat across processes safe. */
  readonly idempotencyKey?: string;
}

/** A schema without fields infers to an index signature, which would swallow the fields of the others. */
type Fields<T> = string extends keyof T ? unknown : T;

/** Path parameters, query and body of a route, as one object; no field occurs in two of them. */
export type InputOf<R extends Route> = Fields<z.input<R['params']>> & Fields<Partial<z.output<R['query']>>> & Fields<z.input<R['body']>>;

type AnswerOf<Response> = Response extends z.ZodType ? z.output<Response> : Response extends string ? string : undefined;

/** What a route answers when all is well. */
export type OutputOf<R extends Route> = AnswerOf<R['responses'][keyof R['responses']]>;

export type Call<R extends Route> = R extends { readonly events: infer Event extends z.ZodType } ? StreamCall<R, Event> : AnsweredCall<R>;

/** What each event holds, until the last one or until the signal aborts; cuts are mended unseen. */
export type StreamCall<R extends Route, Event extends z.ZodType> =
  Record<string, never> extends InputOf<R>
    ? (input?: InputOf<R>, options?: CallOptions) => AsyncGenerator<z.output<Event>, void>
    : (input: InputOf<R>, options?: CallOptions) => AsyncGenerator<z.output<Event>, void>;

type AnsweredCall<R extends Route> =
  Record<string, never> extends InputOf<R>
    ? (input?: InputOf<R>, options?: CallOptions) => Promise<OutputOf<R>>
    : (input: InputOf<R>, options?: CallOptions) => Promise<OutputOf<R>>;

type Routes = typeof routes;

/** `client.databases.create({name: 'shop'})`, and so on for every route. */
export type Client = {
  readonly [Group in keyof Routes]: { readonly [Verb in keyof Routes[Group]]: Routes[Group][Verb] extends Route ? Call<Routes[Group][Verb]> : never };
};
