// The proof that a credential works, and works only where it should: by using it (design, section 5).
import { MongoClient, MongoServerError, ObjectId, type MongoClientOptions } from 'mongodb';
import { ConnectionString } from 'mongodb-connection-string-url';
import { authenticationDatabase } from '../../domain/connection-uri.js';
import { credentialNotProven, type CredentialToProve } from '../../ports/cluster.js';
import { PermanentFailure, TransientFailure } from '../../ports/failures.js';
import { asClusterFailure, hasCode, mongoCodes } from './failures.js';

const probeCollection = 'freehold_probe';
const patienceMilliseconds = 5_000;

const proofOptions: MongoClientOptions = {
  appName: 'freehold credential proof',
  maxPoolSize: 1,
  serverMonitoringMode: 'poll',
  retryWrites: false,
  retryReads: false,
  connectTimeoutMS: patienceMilliseconds,
  socketTimeoutMS: patienceMilliseconds,
};

type Credential = Pick<CredentialToProve, 'username' | 'password'>;

/** How tenants reach the cluster of this administrator's URI, without anybody's credential. Made once for a cluster: taking a URI apart is much of what a log-in costs. */
export function tenantUri(adminUri: string): string {
  const uri = new ConnectionString(adminUri);
  uri.username = '';
  uri.password = '';
  uri.pathname = '/';
  for (const option of ['authMechanism', 'authMechanismProperties', 'maxPoolSize', 'minPoolSize', 'authSource']) uri.searchParams.delete(option);
  // What the operator wrote into the URI stays.
  if (!uri.searchParams.has('serverSelectionTimeoutMS')) uri.searchParams.set('serverSelectionTimeoutMS', String(patienceMilliseconds));
  return uri.href;
}

function clientOf(uri: string, { username, password }: Credential): MongoClient {
  return new MongoClient(uri, { ...proofOptions, auth: { username, password: password.reveal() }, authSource: authenticationDatabase });
}

/**
 * See `Cluster.proveCredential`; the URI is that of `tenantUri`. One connection, no monitoring beyond the first look, nothing repeated by the driver: it lives
 * for milliseconds, and the journal repeats the whole.
 */
export async function proveCredential(uri: string, credential: CredentialToProve): Promise<void> {
  const client = clientOf(uri, credential);
  try {
    await writeAndDelete(client, credential);
    await expectRefusal(client, credential);
  } finally {
    // The verdict is there; saying goodbye to the server takes another round trip, which nobody needs to wait for.
    client.close().catch(() => undefined);
  }
}

/**
 * The first command logs in, as the driver does on every new connection. The probe is written and deleted in a transaction that
 * is taken back: the server checks and does both, and whenever this ends, nothing of it is left among the tenant's data. Each proof has
 * a collection of its own: the transaction of one that was cut off holds its collection until the server gives it up, a minute later.
 */
async function writeAndDelete(client: MongoClient, credential: CredentialToProve): Promise<void> {
  const probes = client.db(credential.database).collection(`${probeCollection}_${new ObjectId().toHexString()}`);
  const session = client.startSession();
  try {
    session.startTransaction();
    const { insertedId } = await probes.insertOne({ probe: 1 }, { session });
    const { deletedCount } = await probes.deleteOne({ _id: insertedId }, { session });
    if (deletedCount !== 1) throw new PermanentFailure(credentialNotProven, 'what the new credential wrote was not there');
    await session.abortTransaction();
  } catch (error) {
    // Not yet known to the node that was asked (a mongos caches users for up to 30 s, Atlas takes seconds): worth another try.
    if (hasCode(error, mongoCodes.authenticationFailed)) throw new TransientFailure('AuthenticationFailed', 'the new credential cannot log in', { cause: error });
    if (hasCode(error, mongoCodes.unauthorized)) throw new PermanentFailure(credentialNotProven, 'the new credential may not write to its own database', { cause: error });
    throw asClusterFailure(error, 'let the new credential log in and write');
  }
}

async function expectRefusal(client: MongoClient, credential: CredentialToProve): Promise<void> {
  try {
    await client.db(credential.neighbour).collection(probeCollection).findOne({});
  } catch (error) {
    if (hasCode(error, mongoCodes.unauthorized)) return;
    if (error instanceof MongoServerError) throw new PermanentFailure(credentialNotProven, `a neighbour's database answered ${String(error.code)} instead of 13`, { cause: error });
    throw asClusterFailure(error, 'say whether the new credential is kept out of a neighbour’s database');
  }
  throw new PermanentFailure(credentialNotProven, 'the new credential can read a neighbour’s database');
}

/**
 * See `Cluster.canLogIn`. The key that SCRAM derives from the password (RFC 5802, 15,000 rounds in MongoDB) is what most of it costs; the driver has it
 * derived in the thread pool, so that the event loop goes on meanwhile. The server derives nothing.
 */
export async function canLogIn(uri: string, credential: Credential): Promise<boolean> {
  const client = clientOf(uri, credential);
  try {
    await client.db(authenticationDatabase).command({ ping: 1 });
    return true;
  } catch (error) {
    if (hasCode(error, mongoCodes.authenticationFailed)) return false;
    throw asClusterFailure(error, 'say whether a credential logs in');
  } finally {
    client.close().catch(() => undefined);
  }
}
