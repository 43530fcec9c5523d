// The Stable API: `apiVersion`, `apiStrict`, `apiDeprecationErrors`. Source: the manual's page "Stable API".
import { CommandError } from '../errors.js';
import type { CommandDefinition } from './command.js';

export interface StableApiRequest {
  readonly version: string | undefined;
  readonly strict: boolean;
  /** Whether `apiStrict` or `apiDeprecationErrors` was given at all. */
  readonly hasOptions: boolean;
}

export const noStableApi: StableApiRequest = { version: undefined, strict: false, hasOptions: false };

/** No command of version 1 is deprecated, so that `apiDeprecationErrors` has nothing to refuse. */
export function checkStableApi(request: StableApiRequest, command: CommandDefinition): void {
  if (request.version === undefined) {
    if (!request.hasOptions) return;
    throw new CommandError(4886600, 'Provided apiStrict and/or apiDeprecationErrors without passing apiVersion');
  }
  if (request.version !== '1') throw new CommandError('APIVersionError', 'API version must be "1"');
  if (request.strict && command.stableApi !== true) {
    throw new CommandError(
      'APIStrictError',
      `Provided apiStrict:true, but the command ${command.name} is not in API Version 1. Information on supported commands and ` +
        'migrations in API Version 1 can be found at https://dochub.mongodb.org/core/manual-versioned-api',
    );
  }
}
