import { describe, expect, it } from 'vitest';
import { moveWishOf } from './move-wish.js';

describe('how a move is wished for', () => {
  it.each([
    [{}, { mode: 'offline' }],
    [{ online: true }, { mode: 'online' }],
    [{ backOutHours: '48' }, { mode: 'offline', back_out_seconds: 172_800 }],
    [{ online: true, backOutHours: '0.5' }, { mode: 'online', back_out_seconds: 1800 }],
    [{ backOutHours: '0' }, { mode: 'offline', back_out_seconds: 0 }],
  ] as const)('%j is %j', (options, wish) => {
    expect(moveWishOf(options)).toEqual(wish);
  });

  it.each(['a day', '', ' ', '-1', 'NaN', 'Infinity', '169', '1h'])('refuses `%s` as hours, and says what it takes', (hours) => {
    expect(() => moveWishOf({ backOutHours: hours })).toThrow(expect.objectContaining({
      exit: 'usage', code: 'OPTION_INVALID', message: `\`${hours}\` is not a number of hours.`, remedy: expect.stringContaining('from 0 to 168') as string,
    }));
  });
});
