// Carries out what the fail point `failCommand` says about a command.
import { setTimeout as delay } from 'node:timers/promises';
import { getDocumentField } from '../bson/reader.js';
import { BsonType } from '../bson/types.js';
import { CommandError } from '../errors.js';
import type { Connection } from './connection.js';
import type { FailCommandData } from './fail-points.js';
import type { CommandServices } from './services.js';

/** The command ends here because a test said so, with these labels and no others. */
export class FailedByRequest extends Error {
  constructor(
    readonly reply: CommandError,
    readonly closesConnection: boolean,
  ) {
    super('failed by failCommand');
  }
}

/** Blocks or throws as configured; what it returns is to be added to the reply. */
export async function applyFailPoint(services: CommandServices, commandName: string, connection: Connection): Promise<FailCommandData | undefined> {
  const data = services.failPoints.take(commandName, appNameOf(connection));
  if (data === undefined) return undefined;
  if (data.block_ms > 0) await blockFor(data.block_ms, connection.closed);
  if (data.closeConnection) throw new FailedByRequest(new CommandError('HostUnreachable', 'closed by failCommand'), true);
  if (data.errorCode !== undefined) {
    const text = "Failing command via 'failCommand' failpoint";
    if (data.errorLabels === undefined) throw new CommandError(data.errorCode, text);
    throw new FailedByRequest(new CommandError(data.errorCode, text, { labels: data.errorLabels }), false);
  }
  return data;
}

async function blockFor(block_ms: number, closed: AbortSignal): Promise<void> {
  try {
    await delay(block_ms, undefined, { signal: closed });
  } catch {
    // The client went away: the command's own check for interruption ends it.
  }
}

/** `application.name` of the client's metadata. */
export function appNameOf(connection: Connection): string | undefined {
  if (connection.clientMetadata === undefined) return undefined;
  const application = getDocumentField(connection.clientMetadata, 'application');
  if (application?.type !== BsonType.object) return undefined;
  const name = getDocumentField(application.document(), 'name');
  return name?.type === BsonType.string ? name.string() : undefined;
}
