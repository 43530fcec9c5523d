import { describe, expect, it } from 'vitest';
import { BoundedExpression } from './bounded-expression.js';

const endless = expect.objectContaining({ code: 51156, message: expect.stringContaining('match limit exceeded') as string }) as unknown;

describe('a bounded expression', () => {
  it('answers as the expression it bounds', () => {
    const expression = new BoundedExpression('(a+)(b+)', 'u');
    expect(expression.test('xaabb')).toBe(true);
    expect(expression.exec('xaabb')).toMatchObject({ 0: 'aabb', 1: 'aa', 2: 'bb', index: 1 });
    expect(expression.all('ab aab').map(([match]) => match)).toEqual(['ab', 'aab']);
    expect(expression.exec('x')).toBeNull();
  });

  it('answers the same where a search is watched', () => {
    const expression = new BoundedExpression('^(?:[a-z]+\\.)+com$', 'u');
    expect(expression.test('a.rather.long.name.of.an.example.com')).toBe(true);
    expect(expression.exec('a.rather.long.name.of.an.example.com')?.index).toBe(0);
    expect(expression.all('a.rather.long.name.of.an.example.com')).toHaveLength(1);
    expect(expression.test('a.rather.long.name.of.an.example.org')).toBe(false);
  });

  it.each([
    ['^(a+)+$', `${'a'.repeat(60)}!`, 'test'],
    ['(x|xx)+y', 'x'.repeat(80), 'exec'],
    ['.*.*.*=', 'a'.repeat(100_000), 'all'],
  ] as const)('stops %s', (pattern, text, search) => {
    const expression = new BoundedExpression(pattern, 'u');
    expect(() => expression[search](text)).toThrow(endless);
    expect(expression.test('no')).toBe(false);
  });
});
