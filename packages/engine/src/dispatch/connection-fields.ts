// Whose a connection is, as operations, idle connections and profiled commands tell it.
import type { RawDocument } from '../bson/raw-value.js';
import { getDocumentField } from '../bson/reader.js';
import { BsonType } from '../bson/types.js';
import type { Connection } from './connection.js';
import type { ServerState } from './server-state.js';

/** `application.name` of a client's metadata. */
export function appNameOf(metadata: RawDocument | undefined): string | undefined {
  const application = metadata === undefined ? undefined : getDocumentField(metadata, 'application');
  if (application?.type !== BsonType.object) return undefined;
  const name = getDocumentField(application.document(), 'name');
  return name?.type === BsonType.string ? name.string() : undefined;
}

interface ConnectionFields {
  readonly host: string;
  readonly desc: string;
  readonly connectionId: number;
  readonly client: string;
  readonly appName?: string;
  readonly effectiveUsers?: readonly { readonly user: string; readonly db: string }[];
}

/** Whose connection it is. */
export function connectionFields(connection: Connection, server: ServerState): ConnectionFields {
  const appName = appNameOf(connection.clientMetadata);
  const user = connection.user;
  return {
    host: server.advertisedHost ?? `${server.host}:${server.port}`,
    desc: `conn${connection.id}`,
    connectionId: connection.id,
    client: connection.remoteAddress,
    ...(appName === undefined ? {} : { appName }),
    ...(user === undefined ? {} : { effectiveUsers: [{ user: user.user, db: user.database }] }),
  };
}
