// The control database of a start: reached, fit for use, and encrypted with the keys that are given.
import { ConnectionString } from 'mongodb-connection-string-url';
import type { AesGcmKeyring } from '../adapters/environment-keyring/aes-gcm-keyring.js';
import { verifyMasterKeys } from '../adapters/environment-keyring/verify-master-keys.js';
import { connectControlDatabase, type ControlConnection } from '../adapters/mongodb/control-database.js';
import { MongoKeyCheckStore } from '../adapters/mongodb/key-checks-store.js';
import { StartupError } from '../config/startup-error.js';
import type { Secret } from '../domain/secret.js';
import { KeyringError } from '../ports/keyring.js';
import type { Tracing } from '../ports/tracing.js';

/** Throws StartupError `MONGODB_UNREACHABLE`, `MONGODB_UNSUITABLE` or `MASTER_KEYS_WRONG`. */
export async function openControlDatabase(uri: Secret, keyring: AesGcmKeyring, tracing?: Tracing): Promise<ControlConnection> {
  const connection = await connect(uri, tracing);
  try {
    await checkSetting(connection);
    await verifyMasterKeys(keyring, new MongoKeyCheckStore(connection.db));
    return connection;
  } catch (error) {
    await connection.close();
    if (!(error instanceof KeyringError)) throw error;
    throw new StartupError('MASTER_KEYS_WRONG', `The master keys do not fit this control database: ${error.message}.`,
      'Give the keys it was started with, the new ones first and the old ones behind them.', { cause: error });
  }
}

/** The hosts of a URI, to name it without its credential. */
function hostsOf(uri: Secret): string {
  try {
    return new ConnectionString(uri.reveal()).hosts.join(',');
  } catch {
    throw new StartupError('CONFIGURATION_INVALID', 'FREEHOLD_MONGODB_URI is not a MongoDB connection string.', 'Write mongodb://user:password@host:port/?replicaSet=name, with user and password percent-encoded.');
  }
}

async function connect(uri: Secret, tracing: Tracing | undefined): Promise<ControlConnection> {
  const hosts = hostsOf(uri);
  try {
    return await connectControlDatabase({ uri: uri.reveal(), ...(tracing === undefined ? {} : { tracing }) });
  } catch (error) {
    const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
    // The driver's message may repeat the URI; its name and code do not.
    const reason = `${String(name)}${typeof code === 'number' || typeof code === 'string' ? ` ${code}` : ''}`;
    throw new StartupError('MONGODB_UNREACHABLE', `The MongoDB at ${hosts} cannot be used (${reason}).`,
      'Check that it runs, that this machine reaches it, and that user and password of FREEHOLD_MONGODB_URI are right.');
  }
}

/** Transactions need a replica set or a sharded cluster. */
async function checkSetting({ client }: ControlConnection): Promise<void> {
  const hello = await client.db('admin').command({ hello: 1 });
  if (hello['setName'] !== undefined || hello['msg'] === 'isdbgrid') return;
  throw new StartupError('MONGODB_UNSUITABLE', 'The MongoDB is a standalone server: it has no transactions.', 'Start it as a replica set of one member: --replSet rs0, then rs.initiate().');
}
