// `explain`. Source: the manual's page "explain (database command)". Which commands can be explained is for them to say.
import { getDocumentField, elements } from '../bson/reader.js';
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { defineCommand, type CommandDefinition, type ExplainVerbosity } from '../dispatch/command.js';
import { refuseUnsupported } from '../dispatch/command-table.js';
import { parseFields } from '../dispatch/fields.js';
import { CommandError } from '../errors.js';

const verbosities: ReadonlySet<string> = new Set<ExplainVerbosity>(['queryPlanner', 'executionStats', 'allPlansExecution']);

function verbosityOf(text: string | undefined): ExplainVerbosity {
  if (text === undefined) return 'allPlansExecution';
  if (verbosities.has(text)) return text as ExplainVerbosity;
  throw new CommandError('BadValue', `Enumeration value '${text}' for field 'explain.verbosity' is not a valid value.`);
}

function nameOf(command: RawDocument): string {
  return [...elements(documentValue(command))][0]?.[0] ?? '';
}

/** The command `explain` for a table of commands. */
export function explainOf(definitions: readonly CommandDefinition[]): CommandDefinition {
  const find = (command: RawDocument): CommandDefinition => {
    const name = nameOf(command);
    const definition = definitions.find((candidate) => candidate.name === name || candidate.aliases?.includes(name) === true);
    if (definition !== undefined) return definition;
    refuseUnsupported(name);
    throw new CommandError('CommandNotFound', `Explain failed due to unknown command: ${name}`);
  };
  const parse = (definition: CommandDefinition, command: RawDocument): ReturnType<typeof parseFields> => parseFields(definition.name, definition.fields, command, new Map());
  return defineCommand({
    name: 'explain',
    help: 'Shows how a command would find its documents.',
    fields: { explain: { kind: 'object', required: true }, verbosity: 'string' },
    access: {
      kind: 'privileges',
      required: ({ explain: command }, database) => {
        const definition = find(command);
        return definition.access.kind === 'privileges' ? definition.access.required(parse(definition, command), database) : [];
      },
    },
    stableApi: true,
    run({ explain: command, verbosity }, context) {
      const definition = find(command);
      if (definition.explain === undefined) throw new CommandError('CommandNotSupported', `Explain is not supported for command ${definition.name}`);
      const otherDatabase = getDocumentField(command, '$db');
      if (otherDatabase !== undefined && otherDatabase.string() !== context.database) {
        throw new CommandError('InvalidNamespace', "Mismatched $db in explain command. Expected " + context.database + ' but got ' + otherDatabase.string());
      }
      return definition.explain(parse(definition, command), context, verbosityOf(verbosity));
    },
  });
}
