// A SCRAM conversation, from `saslStart` (or a speculative `hello`) to the authenticated connection. A user who does not
// exist goes through all of it, with stable made-up credentials, and fails at the end like a wrong password.
import { randomBytes } from 'node:crypto';
import type { AuditTrail } from '../dispatch/audit.js';
import type { Connection } from '../dispatch/connection.js';
import type { EngineLog } from '../dispatch/log.js';
import type { EngineMetrics } from '../dispatch/metrics.js';
import { CommandError } from '../errors.js';
import { isAddressAllowed } from './address-restrictions.js';
import { certificateMechanism, certificateUser, externalDatabase } from './certificate-authentication.js';
import type { MechanismSettings } from './mechanism-settings.js';
import { userId, type UserName } from './names.js';
import { decoyCredential, isScramMechanism, scramAlgorithms, verifyProof, type ScramCredential, type ScramMechanism } from './scram.js';
import { parseClientFinal, parseClientFirst } from './scram-messages.js';
import type { EffectiveUser, UserDirectory } from './user-directory.js';

export interface SaslStart {
  readonly mechanism: string;
  readonly payload: Buffer;
  readonly database: string;
  readonly skipEmptyExchange: boolean;
  readonly isSpeculative: boolean;
}

export interface SaslReply {
  readonly conversationId: number;
  readonly done: boolean;
  readonly payload: Buffer;
}

export interface AuthenticationParts {
  readonly users: UserDirectory;
  readonly metrics: EngineMetrics;
  readonly log: EngineLog;
  readonly audit: AuditTrail | undefined;
  /** Stable for a data folder: what made-up credentials are derived from. */
  readonly decoySecret: Buffer;
  readonly mechanisms: MechanismSettings;
}

/** How a client asks to be authenticated by its certificate. */
export interface CertificateRequest {
  readonly mechanism: string;
  readonly database: string;
  /** The subject that the client takes itself for, where it says so. */
  readonly named: string | undefined;
  readonly isSpeculative: boolean;
}

interface Conversation {
  readonly start: SaslStart;
  readonly mechanism: ScramMechanism;
  readonly name: UserName;
  /** undefined: nobody of that name may log in with that mechanism. */
  readonly user: EffectiveUser | undefined;
  readonly credential: ScramCredential;
  readonly gs2Header: string;
  readonly nonce: string;
  readonly signedSoFar: string;
  isProven: boolean;
}

const conversationId = 1;
const nonceBytes = 24;
const failed = (): CommandError => new CommandError('AuthenticationFailed', 'Authentication failed.');

export class Authenticator {
  constructor(private readonly parts: AuthenticationParts) {}

  start(connection: Connection, start: SaslStart): SaslReply {
    const { mechanism, database } = start;
    const { mechanisms } = this.parts;
    if (!isScramMechanism(mechanism) || !mechanisms.isEnabled(mechanism) || database === externalDatabase) {
      throw new CommandError('MechanismUnavailable', `Received authentication for mechanism ${mechanism} which is not enabled`);
    }
    const first = parseClientFirst(start.payload.toString('utf8'));
    if (first === undefined) throw this.fail(connection, { user: '', database }, mechanism);
    const name = { user: first.user, database };
    const found = this.parts.users.find(name);
    const own = found?.credentials[mechanism];
    // A guess of the driver's before it knows the user's mechanisms: it goes on with one of those that the same reply names.
    if (start.isSpeculative && found !== undefined && own === undefined) throw failed();
    const credential = own ?? decoyCredential(scramAlgorithms[mechanism], this.parts.decoySecret, userId(name), mechanisms.iterationCounts()[mechanism]);
    const nonce = first.clientNonce + randomBytes(nonceBytes).toString('base64');
    const serverFirst = `r=${nonce},s=${credential.salt},i=${credential.iterationCount}`;
    const conversation: Conversation = {
      start, mechanism, name, credential, nonce,
      user: own === undefined ? undefined : found,
      gs2Header: first.gs2Header,
      signedSoFar: `${first.bare},${serverFirst}`,
      isProven: false,
    };
    connection.saslConversation = conversation;
    return { conversationId, done: false, payload: Buffer.from(serverFirst) };
  }

  continue(connection: Connection, id: number, payload: Buffer): SaslReply {
    const conversation = connection.saslConversation as Conversation | undefined;
    if (conversation === undefined) throw new CommandError('ProtocolError', 'No SASL session state found');
    if (id !== conversationId) throw new CommandError('ProtocolError', 'sasl: Mismatched conversation id');
    if (conversation.isProven) {
      connection.saslConversation = undefined;
      return { conversationId, done: true, payload: Buffer.alloc(0) };
    }
    connection.saslConversation = undefined;
    const serverSignature = this.prove(connection, conversation, payload.toString('utf8'));
    const done = conversation.start.skipEmptyExchange;
    if (!done) {
      conversation.isProven = true;
      connection.saslConversation = conversation;
    }
    return { conversationId, done, payload: Buffer.from(`v=${serverSignature}`) };
  }

  private prove(connection: Connection, conversation: Conversation, message: string): string {
    const { mechanism, credential, name, user, nonce, gs2Header, signedSoFar, start } = conversation;
    const final = parseClientFinal(message);
    if (final === undefined) throw this.fail(connection, name, mechanism);
    const { isValid, serverSignature } = verifyProof(scramAlgorithms[mechanism], credential, `${signedSoFar},${final.withoutProof}`, final.proof);
    const isSameExchange = final.nonce === nonce && final.channelBinding === Buffer.from(gs2Header).toString('base64');
    if (!isValid || !isSameExchange || user === undefined || !isWelcome(user, connection)) throw this.fail(connection, name, mechanism);
    this.succeed(connection, user, mechanism, start.isSpeculative);
    return serverSignature;
  }

  /** Authenticates the connection as the user of its certificate. Throws AuthenticationFailed (18), or 334 where that is not enabled. */
  byCertificate(connection: Connection, { mechanism, database, named, isSpeculative }: CertificateRequest): UserName {
    if (mechanism !== certificateMechanism || !this.parts.mechanisms.isEnabled(mechanism)) {
      throw new CommandError('MechanismUnavailable', `Received authentication for mechanism ${mechanism} which is not enabled`);
    }
    const name = { user: connection.certificateSubject ?? named ?? '', database };
    if (database !== externalDatabase) throw this.fail(connection, name, mechanism, 'X.509 authentication must always use the $external database.');
    try {
      const user = certificateUser(this.parts.users, connection, named);
      if (!isWelcome(user, connection)) throw failed();
      this.succeed(connection, user, mechanism, isSpeculative);
      return user.name;
    } catch (error) {
      throw error instanceof CommandError ? this.fail(connection, name, mechanism, error.message) : error;
    }
  }

  private succeed(connection: Connection, { name, identity }: EffectiveUser, mechanism: string, isSpeculative: boolean): void {
    connection.user = { ...name, identity };
    connection.mechanism = mechanism;
    this.parts.metrics.authentication.succeeded += 1;
    if (isSpeculative) this.parts.metrics.authentication.speculativeSucceeded += 1;
    this.parts.audit?.authentication(connection, name, mechanism, 0);
    this.parts.log.write('debug', 'authentication.succeeded', { connection: connection.id, user: userId(name), mechanism });
  }

  private fail(connection: Connection, name: UserName, mechanism: string, message = 'Authentication failed.'): CommandError {
    this.parts.metrics.authentication.failed += 1;
    this.parts.log.write('warn', 'authentication.failed', {
      connection: connection.id, remote: connection.remoteAddress, user: userId(name), mechanism,
    });
    const error = new CommandError('AuthenticationFailed', message);
    this.parts.audit?.authentication(connection, name, mechanism, error.code);
    return error;
  }
}

/** Whether the user's restrictions, and those of each of the roles, let this connection in. */
function isWelcome(user: EffectiveUser, connection: Connection): boolean {
  const lists = [user.restrictions, ...user.resolved.restrictions];
  return lists.every((restrictions) => isAddressAllowed(restrictions, connection.remoteAddress, connection.localAddress));
}
