// Connection strings for tenants (R1.6, R2.6).
import type { ClientPool } from './connection-budget.js';
import { Secret } from './secret.js';

/** Where and how drivers reach a cluster, as its connection strings name it. */
export interface PublicAddress {
  readonly scheme: 'mongodb' | 'mongodb+srv';
  /** `host:port` each; one host without a port for `mongodb+srv`. */
  readonly hosts: readonly string[];
  /** Options besides `authSource`, such as `replicaSet` and `tls`. */
  readonly options: Readonly<Record<string, string>>;
}

export interface Credential {
  readonly username: string;
  readonly password: Secret;
  readonly database: string;
}

export const authenticationDatabase = 'admin';

/**
 * Percent-encodes a username or password. `encodeURIComponent` leaves `!'()*` as they are: valid in a URI by RFC 3986, but
 * shells and some drivers' parsers stumble over them, so they are encoded too (R2.6).
 */
export function encodeUserInfo(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The connection string that an app uses: its own user, its own database, `authSource=admin`, and the size of its pool. */
export function connectionUri(credential: Credential, address: PublicAddress, { appName, maxPoolSize }: Partial<ClientPool> = {}): Secret {
  if (address.hosts.length === 0) throw new Error('a connection string names at least one host');
  const userInfo = `${encodeUserInfo(credential.username)}:${encodeUserInfo(credential.password.reveal())}`;
  const options = {
    authSource: authenticationDatabase, ...address.options,
    ...(appName === undefined ? {} : { appName }),
    ...(maxPoolSize === undefined ? {} : { maxPoolSize: String(maxPoolSize) }),
  };
  const query = Object.entries(options).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
  return new Secret(`${address.scheme}://${userInfo}@${address.hosts.join(',')}/${encodeURIComponent(credential.database)}?${query}`);
}
