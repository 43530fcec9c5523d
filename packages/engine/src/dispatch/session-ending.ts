// Ending sessions: their transactions abort, their cursors close, and, where they are killed, their operations stop.
// Source: the manual's pages "endSessions" and "killSessions".
import { getDocumentField } from '../bson/reader.js';
import type { RawDocument } from '../bson/raw-value.js';
import { BsonType } from '../bson/types.js';
import type { CommandContext } from './context.js';
import type { CommandServices } from './services.js';
import { parseSessionId, sessionKeyOf } from './session-arguments.js';

const digestBytes = 32;

/** The keys of sessions as commands name them: `{id}` is the caller's own, `{id, uid}` the one of that user. */
export function namedSessions(documents: readonly RawDocument[], context: CommandContext, path: string): string[] {
  return documents.map((document) => {
    const sessionId = parseSessionId(document, path);
    const uid = getDocumentField(document, 'uid');
    const digest = uid?.type === BsonType.binData ? uid.binary().data : undefined;
    if (digest?.length === digestBytes) return sessionId.toString('hex') + digest.toString('hex');
    return sessionKeyOf(sessionId, context.connection.user);
  });
}

/** The sessions are over: nothing of them stays open. */
export async function endSessions(services: CommandServices, sessionKeys: readonly string[]): Promise<void> {
  for (const key of sessionKeys) services.cursors.closeSession(key);
  await Promise.all(sessionKeys.map((key) => services.transactions.endSession(key)));
}

/** As `endSessions`, and what runs in them stops; `except` is the operation that asks for it. */
export async function killSessions(services: CommandServices, sessionKeys: readonly string[], except: number): Promise<void> {
  const killed = new Set(sessionKeys);
  services.operations.interrupt('killed', ({ id, sessionKey }) => id !== except && sessionKey !== undefined && killed.has(sessionKey));
  await endSessions(services, sessionKeys);
}

/** Every session that has something open now: an operation, a cursor, or a transaction. */
export function knownSessions(services: CommandServices): string[] {
  const keys = new Set<string>(services.transactions.sessionKeys());
  for (const { sessionKey } of services.operations.all()) if (sessionKey !== undefined) keys.add(sessionKey);
  for (const { sessionKey } of services.cursors.all()) if (sessionKey !== undefined) keys.add(sessionKey);
  return [...keys];
}
