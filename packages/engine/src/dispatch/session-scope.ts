// Runs a command in the session and transaction that its arguments name, or in none.
import { CommandError } from '../errors.js';
import type { CommandDefinition } from './command.js';
import type { GenericArguments } from './generic-arguments.js';
import { latestUnits, type RunningCommandParts } from './running-command.js';
import type { CommandServices } from './services.js';

/** Where a command reads and writes, and whether that is a transaction. */
export type SessionAccess = Pick<RunningCommandParts, 'units' | 'inTransaction' | 'retryable'>;

export class SessionScope {
  constructor(
    private readonly services: CommandServices,
    private readonly definition: CommandDefinition,
    private readonly generic: GenericArguments,
    private readonly sessionKey: string | undefined,
    private readonly database: string,
  ) {}

  async run<T>(work: (access: SessionAccess) => Promise<T> | T): Promise<T> {
    return work({ units: latestUnits(this.services), inTransaction: false, retryable: undefined });
  }
}
