// Sends requests to replicas that may die under them: asks again, anywhere, with the same Idempotency-Key, until there is a verdict.
// Some requests are sent to two replicas at once: both must answer the same.
import { isDeepStrictEqual } from 'node:util';
import type { Random } from './random.js';

export interface Verdict {
  readonly status: number;
  readonly body: any;
}

export interface Question {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
}

export interface AskerOptions {
  readonly urls: () => readonly string[];
  readonly token: string;
  readonly random: Random;
  /** Hears of what must not be. */
  readonly onViolation: (violation: string) => void;
}

const oneAttempt_ms = 20_000;
const longestWait_ms = 120_000;
const pause_ms = 100;
const shareSentTwice = 0.25;

/** Codes that say: ask again later. */
const notYet: ReadonlySet<string> = new Set(['IDEMPOTENCY_IN_PROGRESS', 'OPERATION_IN_PROGRESS']);

export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

export function codeOf({ body }: Verdict): string | undefined {
  return body?.error?.code;
}

export class Asker {
  readonly #options: AskerOptions;
  asked = 0;

  constructor(options: AskerOptions) {
    this.#options = options;
  }

  /** The verdict; throws where there is none for two minutes. */
  async ask(question: Question): Promise<Verdict> {
    const { random, onViolation } = this.#options;
    const hasKey = question.method === 'POST' || question.method === 'DELETE';
    const key = Array.from({ length: 4 }, () => random.below(2 ** 31).toString(16).padStart(8, '0')).join('');
    if (!hasKey || random.next() >= shareSentTwice) return this.#untilVerdict(question, key);
    const [first, second] = await Promise.all([this.#untilVerdict(question, key), this.#untilVerdict(question, key)]);
    if (first.status !== second.status || !isDeepStrictEqual(first.body, second.body)) {
      onViolation(`${question.method} ${question.path} with one key was answered ${first.status} ${codeOf(first) ?? JSON.stringify(keysOf(first, second))} and ${second.status} ${codeOf(second) ?? ''}`);
    }
    return first;
  }

  async #untilVerdict(question: Question, key: string): Promise<Verdict> {
    const { urls, random, onViolation } = this.#options;
    const deadline = Date.now() + longestWait_ms;
    let last = 'no replica was there';
    while (Date.now() < deadline) {
      const alive = urls();
      if (alive.length > 0) {
        const verdict = await this.#once(random.pick(alive), question, key).catch((error: unknown) => String(error));
        if (typeof verdict !== 'string') {
          if (verdict.status === 500) onViolation(`${question.method} ${question.path} was answered 500 ${JSON.stringify(verdict.body)}`);
          if (verdict.status < 500 && !notYet.has(codeOf(verdict) ?? '')) return verdict;
          if (verdict.status === 507) return verdict;
          last = `${verdict.status} ${codeOf(verdict) ?? ''}`;
        } else last = verdict;
      }
      // One attempt after the other, until there is a verdict.
      await pause(pause_ms);
    }
    throw new Error(`${question.method} ${question.path} had no verdict for ${longestWait_ms / 1000} s; the last answer was: ${last}`);
  }

  async #once(url: string, { method, path, body }: Question, key: string): Promise<Verdict> {
    this.asked += 1;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#options.token}`,
        ...(method === 'POST' || method === 'DELETE' ? { 'idempotency-key': key } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(oneAttempt_ms),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }
}

/** The fields in which two answers differ, without what is in them. */
function keysOf(first: Verdict, second: Verdict): readonly string[] {
  const names = new Set([...Object.keys(first.body ?? {}), ...Object.keys(second.body ?? {})]);
  return [...names].filter((name) => !isDeepStrictEqual(first.body?.[name], second.body?.[name]));
}
