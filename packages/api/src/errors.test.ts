import { describe, expect, it } from 'vitest';
import { ApiError, errorCatalogue, errorCodes, isErrorCode } from './errors.js';
import { errorsOf } from './route.js';
import { routeList } from './routes.js';

describe('the error catalogue', () => {
  it.each(errorCodes)('%s says what happened and what to do, in sentences', (code) => {
    const { status, message, remedy } = errorCatalogue[code];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(message).toMatch(/^[A-Z].*\.$/su);
    expect(remedy).toMatch(/^[A-Z`].*\.$/su);
  });

  it('has no code that no call can answer with', () => {
    const outsideTheTable = ['NOT_FOUND', 'METHOD_NOT_ALLOWED'];
    const answered = new Set<string>([...routeList.flatMap((route) => errorsOf(route)), ...outsideTheTable]);
    expect(errorCodes.filter((code) => !answered.has(code))).toEqual([]);
  });
});

describe('an ApiError', () => {
  it('is the body of an answer', () => {
    const error = new ApiError('DATABASE_NOT_ACTIVE', { status: 'deleting' });
    expect(error.status).toBe(409);
    expect(error.toBody()).toEqual({ error: { code: 'DATABASE_NOT_ACTIVE', message: errorCatalogue.DATABASE_NOT_ACTIVE.message, details: { status: 'deleting' } } });
  });

  it('knows the codes of the catalogue from others', () => {
    expect([isErrorCode('NOT_FOUND'), isErrorCode('toString'), isErrorCode('TEAPOT')]).toEqual([true, false, false]);
  });
});
