// How tenants reach a cluster, taken from how the control plane reaches it.
import { ConnectionString } from 'mongodb-connection-string-url';
import type { PublicAddress } from '../../domain/connection-uri.js';

const sharedOptions = ['replicaSet', 'tls', 'ssl', 'directConnection', 'loadBalanced', 'retryWrites'];

/** The hosts of `uri`, or those of `publicHosts` (`host:port,host:port`), with the options that tenants need as well. */
export function publicAddressOf(uri: string, publicHosts?: string): PublicAddress {
  const parsed = new ConnectionString(uri);
  const options = sharedOptions.flatMap((name) => {
    const value = parsed.searchParams.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  const hosts = publicHosts?.split(',').map((host) => host.trim()).filter((host) => host !== '');
  // A direct connection is to one host alone.
  const shared = (hosts ?? parsed.hosts).length === 1 ? options : options.filter(([name]) => name !== 'directConnection');
  return {
    scheme: parsed.isSRV && hosts === undefined ? 'mongodb+srv' : 'mongodb',
    hosts: hosts ?? parsed.hosts,
    options: Object.fromEntries(shared),
  };
}
