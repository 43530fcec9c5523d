// Which addresses on the internet a stranger may have us speak to: none that lead back into our own networks (SSRF).
// Source: IANA's special-purpose address registries for IPv4 (RFC 6890) and IPv6.
import { BlockList, isIP, isIPv4 } from 'node:net';

const special = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.88.99.0', 24],
  ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
] as const) special.addSubnet(network, bits, 'ipv4');

/** Global unicast is all there is to reach; within it, what stands for another address or for nothing. */
const globalIpv6 = new BlockList();
globalIpv6.addSubnet('2000::', 3, 'ipv6');
const specialIpv6 = new BlockList();
for (const [network, bits] of [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]] as const) specialIpv6.addSubnet(network, bits, 'ipv6');

/** Whether the address, as text, is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  const plain = address.split('%')[0]!;
  if (isIP(plain) === 0) return false;
  if (isIPv4(plain)) return !special.check(plain, 'ipv4');
  return globalIpv6.check(plain, 'ipv6') && !specialIpv6.check(plain, 'ipv6');
}
