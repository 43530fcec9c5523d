import { describe, expect, it } from 'vitest';
import { fieldName } from './field-names.js';

function nameOf(text: string): string {
  const bytes = Buffer.from(`\x01${text}\0rest`, 'utf8');
  return fieldName(bytes, 1, 1 + Buffer.byteLength(text));
}

describe('fieldName', () => {
  const names = ['', 'a', '_id', '$db', 'größe', 'ÿ', '日本', '\u{1f600}', 'a.b', 'x'.repeat(24), 'x'.repeat(25), 'x'.repeat(4000)];

  it.each(names)('reads %j, the first time and again', (name) => {
    expect([nameOf(name), nameOf(name)]).toEqual([name, name]);
  });

  it('tells apart every two of more names than it keeps', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => i.toString(36));
    for (const name of [...many, ...many]) expect(nameOf(name)).toBe(name);
  });

  it('does not take a byte that is no ASCII for the character of the same number', () => {
    const latin1 = Buffer.from('a\u00e9', 'latin1');
    expect(nameOf('aé')).toBe('aé');
    expect(fieldName(latin1, 0, 2)).toBe(latin1.toString('utf8'));
    expect(fieldName(latin1, 0, 2)).toBe(latin1.toString('utf8'));
  });
});
