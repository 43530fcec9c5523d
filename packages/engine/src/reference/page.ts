// docs/engine.md, made from the engine's own tables.
import { accumulatorTable } from '../aggregation/accumulators/accumulator-table.js';
import { operatorTable } from '../aggregation/expressions/operator-table.js';
import { unsupportedOperators as unsupportedExpressions } from '../aggregation/expressions/unsupported-operators.js';
import { stageTable } from '../aggregation/stages/stage-table.js';
import { unsupportedStages } from '../aggregation/stages/unsupported-stages.js';
import { windowFunctionTable } from '../aggregation/windows/window-function-table.js';
import { engineCommandLine } from '../command-line.js';
import { commandDefinitions } from '../commands/index.js';
import type { CommandDefinition } from '../dispatch/command.js';
import { unsupportedCommands } from '../dispatch/unsupported-commands.js';
import { codeName, errorCodes } from '../errors.js';
import { unsupportedCollectionOptions } from '../execution/catalog/collection-options.js';
import { unsupportedIndexKinds } from '../execution/catalog/index-key-rules.js';
import { unsupportedIndexOptions } from '../execution/catalog/index-options.js';
import { fieldOperators, topLevelOperators, unsupportedOperators as unsupportedQueryOperators } from '../query/match/operators.js';
import { updateOperators } from '../query/update/operator-table.js';
import { differences } from './differences.js';
import { durability } from './durability.js';
import { hostility } from './hostility.js';
import { operating, parameters, users } from './operating.js';
import { planning } from './planning.js';
import { clientSuites } from './client-suites.js';
import { driverSuites } from './suites.js';
import { changeStreams, guarantees, introduction, limits, storageFolder } from './guide.js';

const escaped = (text: string): string => text.replaceAll('|', '\\|');
const code = (text: string): string => `\`${text}\``;

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => '---'), ...rows.map((row) => row.map(escaped))].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function names(all: Iterable<string>): string {
  return [...all].sort().map(code).join(', ');
}

/** Codes without a name of their own are called `Location<code>`: the number says as much. */
function errorOf(number: number): string {
  const name = codeName(number);
  return name === `Location${number}` ? String(number) : `${number} ${name}`;
}

function capitalized(text: string): string {
  return text.replace(/^./u, (letter) => letter.toUpperCase());
}

function commandRow({ name, aliases = [], help, access, adminOnly, inTransactions, stableApi }: CommandDefinition): string[] {
  const marks = [
    ...(adminOnly === true ? ['`admin` only'] : []),
    ...(inTransactions === true ? ['in transactions'] : []),
    ...(stableApi === true ? ['Stable API'] : []),
    ...(access.kind === 'public' ? ['without authentication'] : []),
  ];
  return [[name, ...aliases].map(code).join(', '), help, marks.join('; ')];
}

function commandsSection(): string {
  const rows = [...commandDefinitions].sort((a, b) => (a.name < b.name ? -1 : 1)).map(commandRow);
  return `## Commands

A command runs where its row says, refuses fields that it does not know (${errorOf(40415)}), and in a transaction answers
${errorOf(errorCodes.OperationNotSupportedInTransaction)} unless it may be part of one.

${table(['command', 'what it does', ''], rows)}

### Commands that MongoDB has and the engine has not

They answer ${errorOf(errorCodes.CommandNotSupported)} and say why; a name that MongoDB does not have either answers
${errorOf(errorCodes.CommandNotFound)}.

${table(['command', 'why, or what to do instead'], Object.entries(unsupportedCommands).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, why]) => [code(name), why]))}`;
}

function queriesSection(): string {
  const notImplemented = errorOf(errorCodes.NotImplemented);
  return `## Queries

Of a filter: ${names(topLevelOperators.keys())}.

Of a field: ${names(fieldOperators.keys())}.

Projections: inclusion, exclusion, expressions, ${names(['$slice', '$elemMatch', '$'])}.

${table(['not supported', 'error', 'why'], [...unsupportedQueryOperators].map(([name, why]) => [code(name), notImplemented, why]))}

## Updates

Operators, pipelines (${names(['$addFields', '$set', '$project', '$unset', '$replaceRoot', '$replaceWith'])}), replacements, array filters and
positional paths (${names(['$', '$[]', '$[name]'])}). All of MongoDB's operators are there: ${names(updateOperators.keys())}.`;
}

function refusalRows(refusals: ReadonlyMap<string, { readonly code: number; readonly message: string }>): string[][] {
  return [...refusals].map(([name, refusal]) => [code(name), errorOf(refusal.code), refusal.message]);
}

function aggregationSection(): string {
  const onlyInWindows = [...windowFunctionTable.keys()].filter((name) => !accumulatorTable.has(name));
  return `## Aggregation

Stages: ${names(stageTable.keys())}.

${table(['stage that is not supported', 'error', 'message'], refusalRows(unsupportedStages))}

Expression operators: ${names(operatorTable.keys())}.

${table(['operator that is not supported', 'error', 'message'], refusalRows(unsupportedExpressions))}

Accumulators of \`$group\`, \`$bucket\` and \`$bucketAuto\`: ${names(accumulatorTable.keys())}.

\`$setWindowFields\` has them too (but \`$mergeObjects\`), and ${names(onlyInWindows)}.`;
}

function catalogSection(): string {
  return `## Collections and indexes

Collections are plain, capped, clustered or time series, with validators if wanted; views are read through their pipelines. Indexes are single or
compound, ascending, descending, hashed or wildcard (compound and with a \`wildcardProjection\` too), \`unique\`, \`sparse\`, partial, \`hidden\` or TTL, and
multikey where they meet arrays; wildcard indexes know at which paths.

${table(
    ['not supported', 'error'],
    [
      [`indexes of type ${names(unsupportedIndexKinds)}, unique indexes with a collation of some languages`, errorOf(errorCodes.CannotCreateIndex)],
      [`the options of indexes ${names(unsupportedIndexOptions)}`, errorOf(errorCodes.CannotCreateIndex)],
      [`the options of collections ${names(Object.keys(unsupportedCollectionOptions))}`, errorOf(errorCodes.InvalidOptions)],
    ],
  )}`;
}

function differencesSection(): string {
  const rows = differences.map(({ name, what, instead }) => [`[${name}](../tests/diff/${name}.test.ts)`, what, instead]);
  return `## Differences from MongoDB

The engine means to answer as MongoDB 8.0 does. What it does otherwise on purpose is here, each row pinned by a test; everything
else that is different is a defect. Where the engine cannot give MongoDB's answer it gives an error, never another answer.

${table(['test', 'what is different', 'what to do instead'], rows)}`;
}

function runningSection(): string {
  const rows = engineCommandLine().options.map(({ flags, description, defaultValue }) => [
    code(flags),
    `${capitalized(description)}${typeof defaultValue === 'string' || typeof defaultValue === 'number' ? ` (default ${defaultValue})` : ''}.`,
  ]);
  return `## Running it

\`freehold up\` starts the engine inside the platform. Alone it runs as a program of its own, logging JSON lines to standard error:

\`\`\`sh
node packages/engine/dist/main.js --data-dir ./data --port 27017
\`\`\`

${table(['flag', 'what it is'], rows)}

Without \`--no-auth\` every command but the few marked below needs a user. The first one is made by \`--root-user\`, or from the
same machine by \`createUser\` on \`admin\` while there is no user yet (the localhost exception). \`SIGINT\` and \`SIGTERM\` stop it:
running commands end, replies leave, the folder is closed. Clients connect as to any replica set of one member:

\`\`\`
mongodb://user:password@127.0.0.1:27017/database?authSource=admin
\`\`\``;
}

/** The whole page. */
export function renderEnginePage(): string {
  const sections = [introduction(), runningSection(), storageFolder(), guarantees(), durability(), changeStreams(), users(), operating(), parameters(table), limits(table), hostility(), commandsSection(), queriesSection(), aggregationSection(), catalogSection(), planning(), differencesSection(), driverSuites(table), clientSuites(table)];
  return `${sections.join('\n\n')}\n`;
}
