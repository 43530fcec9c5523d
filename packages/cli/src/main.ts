#!/usr/bin/env node
// The `freehold` program: builds the command line from the table of commands, runs one, prints what it says.
import { createClient } from '@freehold/api';
import { settings } from '@freehold/server';
import { Command, CommanderError, Option } from 'commander';
import type { CommandContext, CommandDefinition, OptionValues } from './command.js';
import { commands } from './commands/index.js';
import { exitCodes } from './exit-codes.js';
import { CommandFailure, tellFailure } from './failures.js';
import { openStoredSession } from './stored-session.js';

interface GlobalOptions {
  readonly json?: boolean;
  readonly url?: string;
}

const defaultUrl = 'http://127.0.0.1:8420';

function makeContext(options: GlobalOptions): CommandContext {
  const session = openStoredSession(process.env);
  const stored = session.read();
  const serverUrl = options.url ?? process.env['FREEHOLD_URL'] ?? stored.url ?? defaultUrl;
  return {
    serverUrl,
    session,
    isJson: options.json === true,
    isInteractive: process.stdin.isTTY && process.stdout.isTTY && options.json !== true,
    print: (line) => process.stdout.write(`${line}\n`),
    anonymousClient: () => createClient({ baseUrl: serverUrl }),
    client: () => {
      // A stored token is for the platform it came from, not for whichever one is named now.
      const token = process.env['FREEHOLD_TOKEN'] ?? (stored.url === serverUrl ? stored.token : undefined);
      if (token === undefined || token === '') {
        throw new CommandFailure('unauthenticated', 'NOT_SIGNED_IN', `You are not signed in to ${serverUrl}.`, 'Run `freehold sign-in`, or set FREEHOLD_TOKEN to an API token.');
      }
      return createClient({ baseUrl: serverUrl, token });
    },
  };
}

async function run(definition: CommandDefinition, globals: GlobalOptions, positional: readonly string[], options: OptionValues): Promise<void> {
  const context = makeContext(globals);
  try {
    const result = await definition.run(context, positional, options);
    if (result === undefined) return;
    process.stdout.write(context.isJson ? `${JSON.stringify(result.data, null, 2)}\n` : `${result.text}\n`);
    process.exitCode = exitCodes[result.exit ?? 'ok'].code;
  } catch (error) {
    const told = tellFailure(error, context.serverUrl);
    const { code, message, remedy, details } = told;
    process.stderr.write(context.isJson ? `${JSON.stringify({ error: { code, message, remedy, details } })}\n` : `${message} (${code})\n${remedy}\n${issuesOf(details)}${appsOf(details)}`);
    process.exitCode = exitCodes[told.exit].code;
  }
}

/** The fields that a validation found wrong, one a line. */
function issuesOf(details: Readonly<Record<string, unknown>>): string {
  const issues = Array.isArray(details['issues']) ? (details['issues'] as { readonly path?: unknown; readonly message?: unknown }[]) : [];
  return issues.map((issue) => `  ${[issue.path].flat().join('.')}: ${String(issue.message)}\n`).join('');
}

/** The apps that stand in the way, one a line, each with what is the matter with it. */
function appsOf(details: Readonly<Record<string, unknown>>): string {
  const apps = Array.isArray(details['apps']) ? (details['apps'] as { readonly name?: unknown; readonly status?: unknown; readonly reason?: unknown }[]) : [];
  return apps.map(({ name, reason, status }) => `  ${String(name)}: ${String(reason ?? status)}\n`).join('');
}

function register(program: Command, definition: CommandDefinition): void {
  let parent = program;
  for (const word of definition.path.slice(0, -1)) {
    parent = parent.commands.find((command) => command.name() === word) ?? parent.command(word).description(groupDescriptions[word] ?? '');
  }
  const command = parent.command(definition.path.at(-1)!).summary(definition.summary).description(definition.description ?? definition.summary);
  for (const { name, description } of definition.arguments ?? []) command.argument(name, description);
  for (const definitionOfOption of definition.options ?? []) {
    const option = new Option(definitionOfOption.flags, definitionOfOption.description);
    if (definitionOfOption.choices !== undefined) option.choices(definitionOfOption.choices);
    if (definitionOfOption.defaultValue !== undefined) option.default(definitionOfOption.defaultValue);
    if (definitionOfOption.isRepeatable === true) option.argParser((value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value]);
    command.addOption(option);
  }
  for (const name of definition.settings ?? []) {
    const setting = settings[name];
    if ('flag' in setting) command.option(`--${setting.flag} <value>`, `${setting.help} [${setting.environment}${'defaultValue' in setting ? `, default ${setting.defaultValue}` : ''}]`);
  }
  if (definition.examples !== undefined) command.addHelpText('after', `\nExamples:\n${definition.examples.map((example) => `  $ ${example}`).join('\n')}`);
  command.action(async (...received: unknown[]) => {
    const positional = received.slice(0, -2).flat().filter((value): value is string => typeof value === 'string');
    await run(definition, program.opts(), positional, command.opts());
  });
}

const groupDescriptions: Readonly<Record<string, string>> = { db: 'Databases: make, list, open, rotate, delete', app: 'Apps: make, deploy, read their logs', user: 'Accounts', operation: 'Changes of several steps', 'migrate-legacy': 'Bring in the users of an earlier platform: plan, run, verify, put back' };

function buildProgram(): Command {
  const program = new Command('freehold')
    .description('As many isolated MongoDB databases as you need.')
    .version('0.1.0')
    .option('--json', 'print JSON instead of text; errors too')
    .option('--url <url>', `the platform to speak to [FREEHOLD_URL, default: where you signed in, or ${defaultUrl}]`)
    .addHelpText('after', `\nExit codes:\n${Object.values(exitCodes).map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`).join('\n')}`)
    .exitOverride();
  for (const definition of commands) register(program, definition);
  return program;
}

try {
  await buildProgram().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has printed its message; help and version are no errors.
  process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage.code;
}
