import { describe, expect, it } from 'vitest';
import { checkAddressRange, isAddressAllowed } from './address-restrictions.js';

const server = '10.0.0.1:27017';

describe('authentication restrictions', () => {
  it.each([
    ['no restriction', [], '1.2.3.4:5', true],
    ['the address', [{ clientSource: ['1.2.3.4'], serverAddress: [] }], '1.2.3.4:5', true],
    ['another address', [{ clientSource: ['1.2.3.5'], serverAddress: [] }], '1.2.3.4:5', false],
    ['a range', [{ clientSource: ['1.2.0.0/16'], serverAddress: [] }], '1.2.3.4:5', true],
    ['the wrong server', [{ clientSource: ['1.2.0.0/16'], serverAddress: ['10.9.9.9'] }], '1.2.3.4:5', false],
    ['one of two', [{ clientSource: ['9.9.9.9'], serverAddress: [] }, { clientSource: [], serverAddress: ['10.0.0.0/8'] }], '1.2.3.4:5', true],
    ['nobody', [{ clientSource: ['0.0.0.0/32'], serverAddress: [] }], '127.0.0.1:5', false],
    ['IPv6', [{ clientSource: ['::1'], serverAddress: [] }], '[::1]:5', true],
    ['IPv4 over IPv6', [{ clientSource: ['127.0.0.1'], serverAddress: [] }], '::ffff:127.0.0.1:5', true],
  ])('with %s', (_name, restrictions, client, expected) => {
    expect(isAddressAllowed(restrictions, client, server)).toBe(expected);
  });

  it.each(['x', '1.2.3', '1.2.3.4/33', '1.2.3.4/8/8', '::1/129'])('refuse %s as a range', (range) => {
    expect(() => checkAddressRange(range)).toThrow(/Invalid IP address/u);
  });
});
