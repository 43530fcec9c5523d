// docs/cli.md, made from the table of commands.
import { commands } from './commands/index.js';
import type { CommandDefinition } from './command.js';
import { exitCodes } from './exit-codes.js';

function section(command: CommandDefinition): string {
  const usage = ['freehold', ...command.path, ...(command.options?.length === undefined ? [] : ['[options]']), ...(command.arguments ?? []).map(({ name }) => name)].join(' ');
  const lines = [`## \`${['freehold', ...command.path].join(' ')}\``, '', (command.description ?? command.summary).replace(/^./u, (letter) => letter.toUpperCase()).replace(/\.?$/u, '.'), '', '```', usage, '```', ''];
  const rows = [
    ...(command.arguments ?? []).map(({ name, description }) => [name, description]),
    ...(command.options ?? []).map(({ flags, description, defaultValue }) => [flags, `${description}${defaultValue === undefined ? '' : ` (default ${defaultValue})`}`]),
  ];
  if (rows.length > 0) lines.push('| argument or option | what it is |', '| --- | --- |', ...rows.map(([name, description]) => `| \`${name!}\` | ${description!.replaceAll('|', '\\|')} |`), '');
  if (command.settings !== undefined) lines.push('Every setting that is no secret is a flag too: see [configuration](configuration.md).', '');
  if (command.examples !== undefined) lines.push('```sh', ...command.examples, '```', '');
  return lines.join('\n');
}

export function renderCliPage(): string {
  return `# The \`freehold\` program

\`--json\` before or after any command prints JSON instead of text, errors too (on standard error, as \`{"error": {"code", "message",
"remedy", "details"}}\`). \`--url\` or \`FREEHOLD_URL\` names the platform; by default it is the one you signed in to. \`FREEHOLD_TOKEN\` holds an API
token and goes before the remembered session, which is kept in your configuration folder with mode 0600
(\`FREEHOLD_CONFIG_HOME\` names another folder).

| exit code | meaning |
| --- | --- |
${Object.values(exitCodes).map(({ code, meaning }) => `| ${code} | ${meaning} |`).join('\n')}

${commands.map(section).join('\n')}`;
}
