// Runs one search under a watch that ends it after a time: nothing else interrupts JavaScript's matcher, and all clients share
// its thread. A watch costs about 0.1 ms, so only searches that may be long get one.
import { createContext, Script, type Context } from 'node:vm';

interface Watch {
  readonly context: Context & { search: () => unknown };
  readonly script: Script;
}

let watch: Watch | undefined;

function theWatch(): Watch {
  watch ??= { context: createContext({ search: () => undefined }) as Watch['context'], script: new Script('search()') };
  return watch;
}

/** The error comes from the context of the watch, whose `Error` is not ours. */
function isTimeout(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

/** What `search` returns, or undefined where it took longer. */
export function watched<Result extends object>(search: () => Result, limit_ms: number): Result | undefined {
  const { context, script } = theWatch();
  context.search = search;
  try {
    return script.runInContext(context, { timeout: limit_ms }) as Result;
  } catch (error) {
    if (isTimeout(error)) return undefined;
    throw error;
  } finally {
    context.search = () => undefined;
  }
}
