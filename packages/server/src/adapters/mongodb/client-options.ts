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

const clusterPool = {
  // A control plane has many clusters, and several replicas: none of them takes more of a cluster's connections than this.
  maxPoolSize: 50,
  maxIdleTimeMS: 300_000,
  waitQueueTimeoutMS: 10_000,
  // Also how long the driver's monitor waits before it takes a server for lost.
  connectTimeoutMS: 5_000,
} as const satisfies MongoClientOptions;

/** Options for the client of a cluster; what the operator wrote into the URI stays. */
export function clusterClientOptions(uri: string): MongoClientOptions {
  const { searchParams } = new ConnectionString(uri);
  const ours = Object.entries(clusterPool).filter(([name]) => !searchParams.has(name));
  return { ...clientOptions(uri, 'freehold control plane'), ...Object.fromEntries(ours) };
}
