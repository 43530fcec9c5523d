// What a command of the program is: one row of the table in commands/index.ts.
import type { Client } from '@freehold/api';
import type { SettingName } from '@freehold/server';
import type { ExitName } from './exit-codes.js';
import type { StoredSession } from './stored-session.js';

/** What a command says: data for `--json`, text for people. */
export interface CommandResult {
  readonly data: unknown;
  readonly text: string;
  /** Default `ok`. */
  readonly exit?: ExitName;
}

export interface OptionDefinition {
  /** As commander writes it: `-d, --database <name>`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly defaultValue?: string;
  /** May be given several times; the command gets an array. */
  readonly isRepeatable?: boolean;
}

export type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface CommandContext {
  /** The client of the platform that was named or signed in to; throws NotSignedIn where a token is needed and none is there. */
  readonly client: () => Client;
  /** A client without a token, for signing in. */
  readonly anonymousClient: () => Client;
  readonly serverUrl: string;
  readonly session: StoredSession;
  readonly isJson: boolean;
  readonly isInteractive: boolean;
  /** Writes a line at once, for commands that go on for long (`up`, `app logs --follow`). */
  readonly print: (line: string) => void;
}

export interface CommandDefinition {
  /** `['db', 'create']` is `freehold db create`. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly description?: string;
  /** As commander writes them: `<name>`, `[name]`, `[arguments...]`. */
  readonly arguments?: readonly { readonly name: string; readonly description: string }[];
  readonly options?: readonly OptionDefinition[];
  /** Settings of the platform that are flags of this command. */
  readonly settings?: readonly SettingName[];
  /** Shown at the end of `--help`. */
  readonly examples?: readonly string[];
  run(context: CommandContext, positional: readonly string[], options: OptionValues): Promise<CommandResult | undefined>;
}
