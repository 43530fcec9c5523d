// `authenticationRestrictions`: from where and to where a user may connect. Source: the manual's page "createUser".
import { BlockList, isIP } from 'node:net';
import { CommandError } from '../errors.js';

/** Both lists must hold the address; an empty list holds every address. */
export interface AddressRestriction {
  /** IP addresses and CIDR ranges of the client. */
  readonly clientSource: readonly string[];
  readonly serverAddress: readonly string[];
}

/** Whether one of the restrictions lets the connection in; no restriction at all does. */
export function isAddressAllowed(restrictions: readonly AddressRestriction[], client: string, server: string): boolean {
  if (restrictions.length === 0) return true;
  return restrictions.some(({ clientSource, serverAddress }) => holds(clientSource, client) && holds(serverAddress, server));
}

/** Refuses what is neither an address nor a range. */
export function checkAddressRange(range: string): void {
  if (parseRange(range) === undefined) throw new CommandError('BadValue', `Invalid IP address or CIDR range in authentication restriction: ${range}`);
}

function holds(ranges: readonly string[], hostAndPort: string): boolean {
  if (ranges.length === 0) return true;
  const address = addressOf(hostAndPort);
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  for (const text of ranges) {
    const range = parseRange(text);
    if (range !== undefined) list.addSubnet(range.address, range.prefix, range.family);
  }
  return isIP(address) !== 0 && list.check(address, family);
}

function parseRange(text: string): { readonly address: string; readonly prefix: number; readonly family: 'ipv4' | 'ipv6' } | undefined {
  const [address = '', prefixText, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return undefined;
  const longest = version === 4 ? 32 : 128;
  const prefix = prefixText === undefined ? longest : Number(prefixText);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > longest) return undefined;
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
}

function addressOf(hostAndPort: string): string {
  const host = hostAndPort.slice(0, hostAndPort.lastIndexOf(':')).replace(/^\[|\]$/gu, '');
  return host.startsWith('::ffff:') ? host.slice('::ffff:'.length) : host;
}
