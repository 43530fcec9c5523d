// Finds a command by the name that a client used.
import type { CommandDefinition } from './command.js';
import { CommandError } from '../errors.js';
import { internal, internalPrefixes, search, unsupportedCommands } from './unsupported-commands.js';

/** Throws CommandNotSupported (115) where MongoDB has the command and the engine has not, and for search indexes what a MongoDB outside of Atlas does. */
export function refuseUnsupported(name: string): void {
  const named = Object.hasOwn(unsupportedCommands, name) ? unsupportedCommands[name] : undefined;
  const reason = named ?? (internalPrefixes.some((prefix) => name.startsWith(prefix)) ? internal : undefined);
  if (reason !== undefined) throw new CommandError(reason === search ? 'SearchNotEnabled' : 'CommandNotSupported', `command '${name}' is not supported: ${reason}`);
}

export class CommandTable {
  private readonly byName = new Map<string, CommandDefinition>();

  constructor(readonly definitions: readonly CommandDefinition[]) {
    for (const definition of definitions) {
      for (const name of [definition.name, ...(definition.aliases ?? [])]) {
        if (this.byName.has(name)) throw new Error(`two commands are called ${name}`);
        this.byName.set(name, definition);
      }
    }
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** Throws CommandNotFound (59), or CommandNotSupported (115) where MongoDB has the command and the engine does not. */
  find(name: string): CommandDefinition {
    const definition = this.byName.get(name);
    if (definition !== undefined) return definition;
    refuseUnsupported(name);
    throw new CommandError('CommandNotFound', `no such command: '${name}'`);
  }
}
