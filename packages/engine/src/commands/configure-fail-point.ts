// `configureFailPoint`: makes commands fail on demand, where the engine was started for tests.
// Source: https://github.com/mongodb/mongo/wiki/The-%22failCommand%22-fail-point
import { arrayValues, getDocumentField } from '../bson/reader.js';
import type { RawDocument, RawValue } from '../bson/raw-value.js';
import { isTruthy } from '../bson/truth.js';
import { BsonType } from '../bson/types.js';
import { encodeDocument } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import type { FailCommandData, FailGetMoreData, FailPointMode, FailPoints, TransactionalWriteData } from '../dispatch/fail-points.js';
import { CommandError, errorCodes } from '../errors.js';

export const configureFailPoint = defineCommand({
  name: 'configureFailPoint',
  help: 'Makes commands fail on demand; for tests, where the engine was started with test commands.',
  fields: { configureFailPoint: { kind: 'string', required: true }, mode: { kind: 'any', required: true }, data: 'object' },
  // Tests only, so that any user may; without test commands it does not exist for anybody.
  access: { kind: 'authenticated' },
  adminOnly: true,
  run({ configureFailPoint: name, mode, data = emptyDocument }, { services }) {
    if (!services.server.testCommands) throw new CommandError('CommandNotFound', "no such command: 'configureFailPoint'");
    const configure = Object.hasOwn(failPoints, name) ? failPoints[name as keyof FailPoints] : undefined;
    if (configure === undefined) {
      throw new CommandError('CommandNotSupported', `fail point '${name}' does not exist here; these do: ${Object.keys(failPoints).join(', ')}`);
    }
    return encodeDocument({ count: configure(services.failPoints, parseMode(mode), data) });
  },
});

/** Every fail point there is: sets it, and says how often the earlier setting took effect. */
const failPoints: { readonly [Name in keyof FailPoints]: (points: FailPoints, mode: FailPointMode, data: RawDocument) => number } = {
  failCommand: (points, mode, data) => points.failCommand.configure(mode, parseFailCommand(data)),
  onPrimaryTransactionalWrite: (points, mode, data) => points.onPrimaryTransactionalWrite.configure(mode, parseTransactionalWrite(data)),
  failGetMoreAfterCursorCheckout: (points, mode, data) => points.failGetMoreAfterCursorCheckout.configure(mode, parseFailGetMore(data)),
  maxTimeAlwaysTimeOut: (points, mode) => points.maxTimeAlwaysTimeOut.configure(mode, true),
  maxTimeNeverTimeOut: (points, mode) => points.maxTimeNeverTimeOut.configure(mode, true),
};

function parseMode(value: RawValue): FailPointMode {
  if (value.type === BsonType.string) {
    if (value.string() === 'off') return { kind: 'off' };
    if (value.string() === 'alwaysOn') return { kind: 'always' };
  } else if (value.type === BsonType.object) {
    const document = value.document();
    const times = integer(document, 'times');
    if (times !== undefined) return { kind: 'times', count: times };
    const skip = integer(document, 'skip');
    if (skip !== undefined) return { kind: 'skip', count: skip };
    const probability = getDocumentField(document, 'activationProbability')?.number();
    if (probability !== undefined) return { kind: 'activationProbability', probability };
  }
  throw new CommandError('BadValue', "fail point mode must be 'off', 'alwaysOn', or an object with times, skip or activationProbability");
}

function parseFailCommand(data: RawDocument): FailCommandData {
  const blocks = flag(data, 'blockConnection');
  const writeConcernError = getDocumentField(data, 'writeConcernError');
  const appName = getDocumentField(data, 'appName');
  return {
    failCommands: new Set(texts(getDocumentField(data, 'failCommands')) ?? []),
    errorCode: integer(data, 'errorCode'),
    errorLabels: texts(getDocumentField(data, 'errorLabels')),
    writeConcernError: writeConcernError?.type === BsonType.object ? Buffer.from(writeConcernError.document()) : undefined,
    closeConnection: flag(data, 'closeConnection'),
    block_ms: blocks ? (integer(data, 'blockTimeMS') ?? 0) : 0,
    appName: appName?.type === BsonType.string ? appName.string() : undefined,
    failInternalCommands: flag(data, 'failInternalCommands'),
  };
}

/** A mongod closes the connection unless told not to. */
function parseTransactionalWrite(data: RawDocument): TransactionalWriteData {
  const close = getDocumentField(data, 'closeConnection');
  return { closeConnection: close === undefined || isTruthy(close), failBeforeCommitCode: integer(data, 'failBeforeCommitExceptionCode') };
}

function parseFailGetMore(data: RawDocument): FailGetMoreData {
  return { errorCode: integer(data, 'errorCode') ?? errorCodes.InternalError, closeConnection: flag(data, 'closeConnection') };
}

function integer(document: RawDocument, name: string): number | undefined {
  const number = getDocumentField(document, name)?.number();
  return number === undefined ? undefined : Math.trunc(number);
}

function flag(document: RawDocument, name: string): boolean {
  return isTruthy(getDocumentField(document, name));
}

function texts(value: RawValue | undefined): string[] | undefined {
  if (value?.type !== BsonType.array) return undefined;
  return arrayValues(value).flatMap((item) => (item.type === BsonType.string ? [item.string()] : []));
}
