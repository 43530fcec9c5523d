// What a database command is: one row of the command table, with its access rule, its fields and its help.
import type { RawDocument, RawValue } from '../bson/raw-value.js';
import type { Privilege } from '../auth/privileges.js';
import type { CommandContext } from './context.js';
import type { FieldTable, ParsedFields } from './fields.js';

/** Who may run a command; checked before `run` is called. */
export type AccessRule<Fields extends FieldTable> =
  /** Anybody, before authentication too (`hello`, `ping`, `saslStart`). */
  | { readonly kind: 'public' }
  /** Anybody who has authenticated; the command shows only what the caller may see. */
  | { readonly kind: 'authenticated' }
  /** Whoever holds all of these privileges. */
  | { readonly kind: 'privileges'; readonly required: (fields: ParsedFields<Fields>, database: string) => readonly Privilege[] };

export interface CommandDefinition<Fields extends FieldTable = FieldTable> {
  /** The name as clients send it, e.g. `findAndModify`. */
  readonly name: string;
  /** Other spellings that MongoDB accepts, e.g. `findandmodify`. */
  readonly aliases?: readonly string[];
  /** One sentence, shown by `listCommands` and in docs/engine.md. */
  readonly help: string;
  /** The command's own fields; others are refused (40415), generic ones (`lsid`, `$db`, `comment`, ...) aside. */
  readonly fields: Fields;
  /** `hello` alone passes over fields it does not know, for clients that are newer than the server. Default 'refused'. */
  readonly unknownFields?: 'refused' | 'ignored';
  readonly access: AccessRule<Fields>;
  /** Runs on `admin` alone; elsewhere it answers Unauthorized (13) "... may only be run against the admin database." */
  readonly adminOnly?: boolean;
  /** Whether a multi-document transaction may contain it; if not: 263. Default false. */
  readonly inTransactions?: boolean;
  /** Whether a retryable write (`txnNumber` without a transaction) may be it. Default false. */
  readonly retryableWrite?: boolean;
  /** Part of Stable API version 1; if not, `apiStrict: true` refuses it. Default false. */
  readonly stableApi?: boolean;
  run(fields: ParsedFields<Fields>, context: CommandContext): Promise<RawDocument> | RawDocument;
  /** What `explain` answers for this command; commands without it cannot be explained. */
  explain?(fields: ParsedFields<Fields>, context: CommandContext, verbosity: ExplainVerbosity): Promise<RawDocument> | RawDocument;
}

/** How much `explain` is to find out. Source: the manual's page "explain (database command)". */
export type ExplainVerbosity = 'queryPlanner' | 'executionStats' | 'allPlansExecution';

/**
 * Checks a row against its own field table; every file in `commands/` exports one such row. What comes out has forgotten the
 * field types, so that all rows fit one table: the dispatcher parses by `fields` before it calls `run`.
 */
export function defineCommand<const Fields extends FieldTable>(definition: CommandDefinition<Fields>): CommandDefinition {
  return definition as unknown as CommandDefinition;
}

export type { RawDocument, RawValue };
