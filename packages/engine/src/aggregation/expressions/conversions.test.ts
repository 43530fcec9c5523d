// $convert from and to binData, and what its arguments may be: the statements of the server's own suites.
import { Binary } from 'bson';
import { describe, expect, it } from 'vitest';
import { evaluate, evaluateTyped, failure, missing } from './evaluate.fixture.js';

const text = 'hn3uUsMxSE6S0cVkebjmfg==';
const uuid = '867dee52-c331-484e-92d1-c56479b8e67e';
const bytes = (subtype: number) => Binary.createFromBase64(text, subtype);
const binary = (subType: string) => ({ $binary: { base64: text, subType } });
const convert = (input: unknown, to: unknown, more: object = {}) => ({ $convert: { input, to, ...more } });
const codeOf = (expression: unknown) => Number(failure(expression)?.split(' ')[0]);

describe('$convert and binData', () => {
  it.each([
    [convert(text, { type: 'binData', subtype: 0 }, { format: 'base64' }), binary('00')],
    [convert('hn3uUsMxSE6S0cVkebjmfg', 'binData', { format: 'base64url' }), binary('00')],
    [convert('867DEE52C331484E92D1C56479B8E67E', 'binData', { format: 'hex' }), binary('00')],
    [convert(uuid, { type: 'binData', subtype: 4 }, { format: 'uuid' }), binary('04')],
    [convert(bytes(0), 'binData'), binary('00')],
    [convert(bytes(4), { type: 'binData', subtype: 4 }), binary('04')],
    [convert(bytes(4), 'string', { format: 'auto' }), uuid],
    [convert(bytes(0), 'string', { format: 'auto' }), text],
    [convert(Binary.createFromHexString('00', 4), 'string', { format: 'auto' }), 'AA=='],
  ])('%j is %j', (expression, expected) => {
    expect(evaluateTyped(expression)).toEqual(expected);
  });

  it.each([
    convert(bytes(4), { type: 'binData', subtype: 0 }),
    convert(bytes(0), { type: 'binData', subtype: 4 }),
    convert(bytes(4), { type: 'binData', subtype: 255 }),
    convert(uuid, { type: 'binData', subtype: 0 }, { format: 'uuid' }),
    convert(text, { type: 'binData', subtype: 4 }, { format: 'base64' }),
    convert(text, 'binData', { format: 'auto' }),
    convert('A', 'binData', { format: 'base64url' }),
    convert('867dee--52-c331-484e-', 'binData', { format: 'base64url' }),
  ])('%j cannot be converted', (expression) => {
    expect(codeOf(expression)).toBe(241);
    expect(evaluate({ $convert: { ...expression.$convert, onError: 'error' } })).toBe('error');
  });

  it.each([
    [convert(text, { type: 'binData', subtype: -1 }, { format: 'base64' }), 4341107],
    [convert(text, { type: 'binData', subtype: 127 }, { format: 'base64' }), 4341107],
    [convert(text, { type: 'binData', subtype: 256 }, { format: 'base64' }), 4341107],
    [convert(text, { type: 'binData', subtype: 1.5 }, { format: 'base64' }), 4341106],
    [convert(text, { type: 'binData', subtype: 'x' }, { format: 'base64' }), 4341108],
    [convert(text, 'binData', { format: 5 }), 4341114],
    [convert(text, 'binData'), 4341115],
    [convert(1, 'string', { format: 'nothing' }), 4341125],
    [convert(1, { type: -2 }), 9],
  ])('%j is refused with %i, whatever onError says', (expression, code) => {
    expect(codeOf({ $convert: { ...expression.$convert, onError: 'error' } })).toBe(code);
  });
});

describe('$convert and its targets', () => {
  it('knows the name of the missing type, to which nothing converts', () => {
    expect(codeOf(convert(1, 'missing'))).toBe(241);
    expect(evaluate(convert(1, 'missing', { onError: '$$REMOVE' }))).toBe(missing);
    expect(codeOf(convert(1, 'nothing'))).toBe(2);
  });

  it.each(['1E6145', '-1e10000', '1e-6200'])('refuses the text %s, which no decimal can hold', (digits) => {
    expect(codeOf({ $toDecimal: digits })).toBe(241);
  });

  it.each([['Infinity', 'Infinity'], ['0e-9999', '0E-6176'], ['1e-6176', '1E-6176']])('takes the text %s as the decimal %s', (digits, expected) => {
    expect(String(evaluate({ $toDecimal: digits }))).toBe(expected);
  });
});
