// MONGODB-X509: a client shows a certificate in its TLS handshake, and is the user of `$external` whose name is the certificate's subject.
// Source: the manual's page "x.509", RFC 2253 (how a subject is written), and the specification "Authentication" of MongoDB's drivers.
import type { Connection } from '../dispatch/connection.js';
import { CommandError } from '../errors.js';
import type { EffectiveUser, UserDirectory } from './user-directory.js';

export const certificateMechanism = 'MONGODB-X509';
/** The database of users whom something else than a password of ours identifies. */
export const externalDatabase = '$external';

/**
 * The user of the connection's certificate. Throws AuthenticationFailed (18) where there is no certificate, it is another user's than was
 * named, or nobody has that name.
 */
export function certificateUser(users: UserDirectory, connection: Connection, named: string | undefined): EffectiveUser {
  const subject = connection.certificateSubject;
  if (subject === undefined) throw new CommandError('AuthenticationFailed', 'No verified subject name available from client');
  if (named !== undefined && named !== '' && named !== subject) {
    throw new CommandError('AuthenticationFailed', 'There is no x.509 client certificate matching the user.');
  }
  const user = users.find({ user: subject, database: externalDatabase });
  if (user === undefined) throw new CommandError('AuthenticationFailed', `Could not find user "${subject}" for db "${externalDatabase}"`);
  return user;
}
