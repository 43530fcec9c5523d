// Shows what an app printed.
import type { AppLogs, Client } from '@freehold/api';
import type { CommandContext, CommandDefinition } from '../command.js';
import { findApp } from '../resolve.js';

type Line = AppLogs['lines'][number];

const pollInterval_ms = 1000;

function show(line: Line): string {
  return line.stream === 'platform' ? `${line.at} -- ${line.text}` : `${line.at} ${line.text}`;
}

/** Prints new lines as they come, until the program is interrupted. */
async function follow(context: CommandContext, client: Client, id: string, shown: readonly Line[]): Promise<never> {
  let last = shown;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, pollInterval_ms));
    const { lines } = await client.apps.logs({ id, limit: 1000 });
    for (const line of linesAfter(last, lines)) context.print(context.isJson ? JSON.stringify(line) : show(line));
    last = lines;
  }
}

/** The lines of `now` that come after the end of `before`. */
function linesAfter(before: readonly Line[], now: readonly Line[]): readonly Line[] {
  const end = before.at(-1);
  if (end === undefined) return now;
  const at = now.findLastIndex((line) => line.at === end.at && line.stream === end.stream && line.text === end.text);
  return now.slice(at + 1);
}

export const appLogs: CommandDefinition = {
  path: ['app', 'logs'],
  summary: 'show what an app printed',
  arguments: [{ name: '<app>', description: 'its name or id' }],
  options: [
    { flags: '-n, --lines <count>', description: 'how many of the newest lines', defaultValue: '200' },
    { flags: '-f, --follow', description: 'go on with new lines until interrupted' },
  ],
  run: async (context, [nameOrId], options) => {
    const client = context.client();
    const { id } = await findApp(client, nameOrId!);
    const logs = await client.apps.logs({ id, limit: Number(options['lines']) });
    if (options['follow'] !== true) return { data: logs, text: logs.lines.map(show).join('\n') };
    for (const line of logs.lines) context.print(context.isJson ? JSON.stringify(line) : show(line));
    return follow(context, client, id, logs.lines);
  },
};
