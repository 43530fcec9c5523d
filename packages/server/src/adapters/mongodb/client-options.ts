// How the control plane's own clients are set up.
import type { MongoClientOptions } from 'mongodb';
import { ConnectionString } from 'mongodb-connection-string-url';

const serverSelectionTimeoutMilliseconds = 5_000;

/** Options for a client of this URI; what the operator wrote into the URI stays. */
export function clientOptions(uri: string, appName: string): MongoClientOptions {
  const { searchParams } = new ConnectionString(uri);
  return {
    ...(searchParams.has('appName') ? {} : { appName }),
    // The driver's own 30 s are longer than a request waits.
    ...(searchParams.has('serverSelectionTimeoutMS') ? {} : { serverSelectionTimeoutMS: serverSelectionTimeoutMilliseconds }),
  };
}
