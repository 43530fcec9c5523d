// `connectionStatus`: who is authenticated on this connection. Source: the manual's page "connectionStatus".
import type { Document } from 'bson';
import { resourceDocument } from '../auth/stored-user.js';
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';

export const connectionStatus = defineCommand({
  name: 'connectionStatus',
  help: 'Says who is authenticated on the connection, with which roles and, if asked, which privileges.',
  fields: { connectionStatus: 'any', showPrivileges: 'boolean' },
  access: { kind: 'public' },
  stableApi: true,
  run: ({ showPrivileges }, context) => encodeDocument({ authInfo: authInfo(context, showPrivileges === true) }),
});

function authInfo({ services, connection }: CommandContext, showPrivileges: boolean): Document {
  const name = services.access.isAuthenticated(connection) ? connection.user : undefined;
  const user = name === undefined ? undefined : services.users.find(name);
  const shown: Document = {
    authenticatedUsers: user === undefined ? [] : [{ user: user.name.user, db: user.name.database }],
    authenticatedUserRoles: (user?.resolved.roles ?? []).map(({ role, database }) => ({ role, db: database })),
  };
  if (!showPrivileges) return shown;
  const privileges = user?.privileges.list() ?? [];
  return {
    ...shown,
    authenticatedUserPrivileges: privileges.map(({ resource, actions }) => ({ resource: resourceDocument(resource), actions })),
  };
}
