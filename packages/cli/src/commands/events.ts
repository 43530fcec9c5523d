// Shows what happened, and what happens.
import type { Event, EventStreamName } from '@freehold/api';
import type { CommandContext, CommandDefinition } from '../command.js';
import { table, when } from '../present.js';

function told(event: Event): string {
  return Object.entries(event.data).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' ');
}

function show(event: Event): string {
  return `${event.at} ${event.type} ${told(event)}`;
}

interface StreamQuery {
  readonly stream: EventStreamName;
  readonly since?: number;
}

/** Prints events as they come, until the program is interrupted. */
async function follow(context: CommandContext, query: StreamQuery): Promise<undefined> {
  for await (const event of context.client().events.stream({ ...query, follow: true })) {
    context.print(context.isJson ? JSON.stringify(event) : show(event as Event));
  }
  return undefined;
}

export const events: CommandDefinition = {
  path: ['events'],
  summary: 'show what happened to your databases, apps and credentials',
  description: 'Shows what happened to your databases, apps and credentials in the last 30 days, the newest last; with --follow also what happens from now on.',
  options: [
    { flags: '-f, --follow', description: 'go on with new events until interrupted' },
    { flags: '-n, --lines <count>', description: 'how many of the newest events', defaultValue: '20' },
    { flags: '--since <sequence>', description: 'only what came after the event of this number; 0 is the beginning' },
    { flags: '--platform', description: 'what concerns those who run the platform, for operators' },
  ],
  examples: ['freehold events', 'freehold events --follow', 'freehold events --since 41 --json'],
  run: async (context, _, options) => {
    const stream = options['platform'] === true ? 'platform' : 'own';
    const since = typeof options['since'] === 'string' ? { since: Number(options['since']) } : {};
    if (options['follow'] === true) return follow(context, { stream, ...since });
    const newest: Event[] = [];
    for await (const event of context.client().events.stream({ stream, follow: false, ...since })) {
      newest.push(event as Event);
      if (newest.length > Number(options['lines'])) newest.shift();
    }
    const rows = newest.map((event) => [String(event.sequence), when(event.at), event.type, told(event)]);
    return { data: { items: newest }, text: table(['no.', 'time', 'event', 'details'], rows, 'Nothing has happened yet.') };
  },
};
