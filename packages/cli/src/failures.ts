// Failures that are the program's own, and how every failure is told: a message, a remedy, an exit code.
import { ApiError, errorCatalogue } from '@freehold/api';
import { StartupError } from '@freehold/server';
import type { ExitName } from './exit-codes.js';

/** The command cannot do what was asked, for a reason that its user can mend. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';

  constructor(
    readonly exit: ExitName,
    readonly code: string,
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

export interface ToldFailure {
  readonly exit: ExitName;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly details: Readonly<Record<string, unknown>>;
}

function exitOfStatus(status: number): ExitName {
  if (status === 401 || status === 403) return 'unauthenticated';
  if (status === 404) return 'notFound';
  if (status === 429) return 'rateLimited';
  if (status === 503) return 'unavailable';
  return status >= 500 && status !== 507 ? 'failed' : 'refused';
}

/** What to print for anything that was thrown. */
export function tellFailure(error: unknown, serverUrl: string): ToldFailure {
  if (error instanceof CommandFailure || error instanceof StartupError) {
    const exit = error instanceof CommandFailure ? error.exit : 'unavailable';
    return { exit, code: error.code, message: error.message, remedy: error.remedy, details: {} };
  }
  if (error instanceof ApiError) {
    return { exit: exitOfStatus(error.status), code: error.code, message: error.message, remedy: errorCatalogue[error.code].remedy, details: error.details };
  }
  // `fetch` says no more than "fetch failed": nobody answered at the address.
  if (error instanceof TypeError && error.message === 'fetch failed') {
    return {
      exit: 'unavailable', code: 'PLATFORM_UNREACHABLE', message: `No platform answers at ${serverUrl}.`,
      remedy: 'Start one with `freehold up`, or name another with --url or FREEHOLD_URL.', details: {},
    };
  }
  const message = error instanceof Error ? error.message : 'unknown failure';
  return { exit: 'failed', code: 'UNEXPECTED_FAILURE', message, remedy: 'Run `freehold doctor`; if it finds nothing, report this.', details: {} };
}
