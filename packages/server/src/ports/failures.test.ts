import { MongoBulkWriteError, MongoErrorLabel, MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { isUnreachable, PermanentFailure, TransientFailure } from './failures.js';

function labelled<Failure extends MongoServerError | MongoNetworkError>(error: Failure): Failure {
  error.addErrorLabel(MongoErrorLabel.RetryableWriteError);
  return error;
}

describe('a server that did not answer', () => {
  it.each([
    ['a port says so', new TransientFailure('AWAY', 'away'), true],
    ['the network failed', new MongoNetworkError('closed'), true],
    ['no server was found', new MongoServerSelectionError('none', {} as never), true],
    ['the network failed in the midst of several writes', new MongoBulkWriteError(labelled(new MongoNetworkError('closed')), {} as never), true],
    ['the same, of which the driver says no more', new MongoBulkWriteError(new MongoNetworkError('read ECONNRESET'), {} as never), true],
    ['several writes were refused', new MongoBulkWriteError({ message: 'duplicate', code: 11_000, writeErrors: [] }, {} as never), false],
    ['a server steps down', labelled(new MongoServerError({ code: 10_107, message: 'not primary' })), true],
    ['a server refused', new MongoServerError({ code: 11_000, message: 'duplicate' }), false],
    ['a port was refused', new PermanentFailure('REFUSED', 'refused'), false],
    ['something else broke', new Error('broken'), false],
    ['something odd was thrown', 'text', false],
  ] as const)('%s', (_, error, expected) => {
    expect(isUnreachable(error)).toBe(expected);
  });
});
