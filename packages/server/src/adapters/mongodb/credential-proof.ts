// The proof that a credential works, and works only where it should: by using it (design, section 5).
import { MongoClient, MongoServerError, ObjectId, type MongoClientOptions } from 'mongodb';
import { ConnectionString } from 'mongodb-connection-string-url';
import { authenticationDatabase, encodeUserInfo } from '../../domain/connection-uri.js';
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

function tenantUri(adminUri: string, credential: Pick<CredentialToProve, 'username' | 'password'>): string {
  const uri = new ConnectionString(adminUri);
  uri.username = encodeUserInfo(credential.username);
  uri.password = encodeUserInfo(credential.password.reveal());
  uri.pathname = '/';
  for (const option of ['authMechanism', 'authMechanismProperties', 'maxPoolSize', 'minPoolSize']) uri.searchParams.delete(option);
  uri.searchParams.set('authSource', authenticationDatabase);
  // What the operator wrote into the URI stays.
  if (!uri.searchParams.has('serverSelectionTimeoutMS')) uri.searchParams.set('serverSelectionTimeoutMS', String(patienceMilliseconds));
  return uri.href;
}

/**
 * See `Cluster.proveCredential`. One connection, no monitoring beyond the first look, nothing repeated by the driver: it lives
 * for milliseconds, and the journal repeats the whole.
 */
export async function proveCredential(adminUri: string, credential: CredentialToProve): Promise<void> {
  const client = new MongoClient(tenantUri(adminUri, credential), proofOptions);
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

/** See `Cluster.canLogIn`. */
export async function canLogIn(adminUri: string, credential: Pick<CredentialToProve, 'username' | 'password'>): Promise<boolean> {
  const client = new MongoClient(tenantUri(adminUri, credential), proofOptions);
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
