// The e-mail about an event, in plain text.
import { eventTypes, type Event, type EventTypeDefinition } from '@freehold/api';
import type { Mail } from '../ports/mailer.js';

/** One line of a header: what users named themselves must not begin another. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 200);
}

/** Subject and text. What an event of an unknown type means is left to its data. */
export function mailOf(event: Event): Pick<Mail, 'subject' | 'text'> {
  const { meaning } = (eventTypes as Readonly<Record<string, EventTypeDefinition | undefined>>)[event.type] ?? { meaning: '' };
  const data = Object.entries(event.data).map(([name, value]) => `${name.replaceAll('_', ' ')}: ${oneLine(typeof value === 'string' ? value : JSON.stringify(value))}`);
  const subject = oneLine(`Freehold: ${event.type.replaceAll(/[._]/gu, ' ')}`);
  const text = [
    meaning, '', ...data, `time: ${event.at}`, ...(event.operation_id === null ? [] : [`operation: ${event.operation_id}`]), '',
    'You get this because your account is told of such events by e-mail. `PATCH /api/notifications` changes that.', '',
  ].join('\n');
  return { subject, text };
}
