import { MongoNetworkError, MongoServerError } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { PermanentFailure, TransientFailure } from '../../ports/failures.js';
import { asClusterFailure, isTransientMongoError } from './failures.js';

function serverError(code: number, codeName: string, errorLabels: readonly string[] = []): MongoServerError {
  return new MongoServerError({ message: 'secret words', code, codeName, errorLabels: [...errorLabels] });
}

describe('errors of the driver', () => {
  it.each([
    ['a lost connection', new MongoNetworkError('gone'), true],
    ['a primary that stepped down', serverError(10_107, 'NotWritablePrimary'), true],
    ['a shutdown', serverError(91, 'ShutdownInProgress'), true],
    ['a write conflict', serverError(112, 'WriteConflict'), true],
    ['a cursor that was there before a restart', serverError(43, 'CursorNotFound'), true],
    ['an error labelled as passing', serverError(8000, 'AtlasError', ['RetryableWriteError']), true],
    ['a refusal', serverError(13, 'Unauthorized'), false],
    ['a wrong command', serverError(59, 'CommandNotFound'), false],
    ['an error of our own', new Error('ours'), false],
  ])('%s: worth another attempt %s', (_what, error, isTransient) => {
    expect(isTransientMongoError(error)).toBe(isTransient);
    const failure = asClusterFailure(error, 'do it');
    expect(failure).toBeInstanceOf(isTransient ? TransientFailure : PermanentFailure);
    expect(failure.message).not.toContain('secret words');
    expect(failure.cause).toBe(error);
  });

  it('that are failures already stay what they are', () => {
    const failure = new PermanentFailure('X', 'x');
    expect(asClusterFailure(failure, 'do it')).toBe(failure);
  });
});
