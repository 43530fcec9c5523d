// Carries out what fail points say about a command.
import { setTimeout as delay } from 'node:timers/promises';
import type { RawDocument } from '../bson/raw-value.js';
import { getDocumentField } from '../bson/reader.js';
import { BsonType } from '../bson/types.js';
import { CommandError } from '../errors.js';
import type { ReadUnit, WriteUnit } from '../storage/units.js';
import type { WireRequest } from '../wire/request.js';
import { appNameOf } from './connection-fields.js';
import { resumable } from './error-reply.js';
import type { FailCommandData, FailPoints } from './fail-points.js';
import type { RetryableStatements } from './retryable-statements.js';
import type { CommandServices } from './services.js';

/** The command ends here because a test said so, with these labels and no others. */
export class FailedByRequest extends Error {
  constructor(
    readonly reply: CommandError,
    readonly closesConnection: boolean,
  ) {
    super('failed by a fail point');
  }
}

function lostConnection(failPoint: string): FailedByRequest {
  return new FailedByRequest(new CommandError('HostUnreachable', `closed by ${failPoint}`), true);
}

/** Blocks or throws as configured; what it returns is to be added to the reply. */
export async function applyFailPoint({ failPoints }: CommandServices, names: readonly string[], { connection, body }: WireRequest): Promise<FailCommandData | undefined> {
  if (!failPoints.failCommand.isSet) return undefined;
  const appName = appNameOf(connection.clientMetadata ?? introduction(body));
  const data = failPoints.failCommand.take((set) => names.some((name) => set.failCommands.has(name)) && (set.appName === undefined || set.appName === appName));
  if (data === undefined) return undefined;
  if (data.block_ms > 0) await blockFor(data.block_ms, connection.closed);
  if (data.closeConnection) throw lostConnection('failCommand');
  if (data.errorCode !== undefined) {
    const text = "Failing command via 'failCommand' failpoint";
    if (data.errorLabels === undefined) throw new CommandError(data.errorCode, text);
    throw new FailedByRequest(new CommandError(data.errorCode, text, { labels: data.errorLabels }), false);
  }
  return data;
}

/** The statements of a retryable write, of which one is kept from happening, or whose reply is lost. */
class LostStatements implements RetryableStatements {
  losesReply = false;

  constructor(
    private readonly failPoint: FailPoints['onPrimaryTransactionalWrite'],
    private readonly statements: RetryableStatements,
  ) {}

  find(unit: ReadUnit, statementId: number): RawDocument | undefined {
    return this.statements.find(unit, statementId);
  }

  record(unit: WriteUnit, statementId: number, result: RawDocument): void {
    const data = this.failPoint.take();
    if (data?.failBeforeCommitCode !== undefined) {
      const words = 'Failing write due to failpoint. The write must not be reflected.';
      throw new FailedByRequest(new CommandError(data.failBeforeCommitCode, words), data.closeConnection);
    }
    this.statements.record(unit, statementId, result);
    if (data?.closeConnection === true) this.losesReply = true;
  }
}

/** Runs a command with the fail point `onPrimaryTransactionalWrite` set. */
export async function withLostWrite<T>(
  { onPrimaryTransactionalWrite }: FailPoints, retryable: RetryableStatements | undefined, work: (retryable: RetryableStatements | undefined) => Promise<T> | T,
): Promise<T> {
  if (retryable === undefined) return work(undefined);
  const statements = new LostStatements(onPrimaryTransactionalWrite, retryable);
  const result = await work(statements);
  if (statements.losesReply) throw lostConnection('onPrimaryTransactionalWrite');
  return result;
}

/** Ends a getMore that has found its cursor; a change stream's client is told whether it may resume. */
export function applyFailGetMore({ failGetMoreAfterCursorCheckout }: FailPoints, isChangeStream: boolean): void {
  const data = failGetMoreAfterCursorCheckout.take();
  if (data === undefined) return;
  if (data.closeConnection) throw lostConnection('failGetMoreAfterCursorCheckout');
  const error = new CommandError(data.errorCode, "Hit the 'failGetMoreAfterCursorCheckout' failpoint");
  throw isChangeStream ? resumable(error) : error;
}

async function blockFor(block_ms: number, closed: AbortSignal): Promise<void> {
  try {
    await delay(block_ms, undefined, { signal: closed });
  } catch {
    // The client went away: the command's own check for interruption ends it.
  }
}

/** The metadata in a client's very first command, which can be failed by the name that it brings. */
function introduction(body: RawDocument): RawDocument | undefined {
  const client = getDocumentField(body, 'client');
  return client?.type === BsonType.object ? client.document() : undefined;
}
