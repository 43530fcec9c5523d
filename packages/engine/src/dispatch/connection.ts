// One client connection as commands see it: who is authenticated on it and what it said about itself.
import type { RawDocument } from '../bson/raw-value.js';

/** The user of an authenticated connection. */
export interface AuthenticatedUser {
  readonly user: string;
  /** The database that the user is defined in (`authSource`). */
  readonly database: string;
  /** The user's `userId`, as hex: a user dropped and made again under the same name is another one. */
  readonly identity: string;
}

export interface Connection {
  /** Unique in the process, ascending; `connectionId` of `hello`. */
  readonly id: number;
  /** `host:port` of the peer. */
  readonly remoteAddress: string;
  /** `host:port` that the peer connected to. */
  readonly localAddress: string;
  /** Whether the peer is on this machine, for the localhost exception. */
  readonly isLocal: boolean;
  /** Milliseconds since the epoch. */
  readonly opened_ms: number;
  /** One user at a time, as current drivers use connections. */
  user: AuthenticatedUser | undefined;
  /** The mechanism that the user authenticated with. */
  mechanism: string | undefined;
  /** The subject of the certificate that the peer has shown and our authority has signed, as RFC 2253 writes it. */
  readonly certificateSubject: string | undefined;
  /** Client metadata of the first `hello`. */
  clientMetadata: RawDocument | undefined;
  /** State of a SASL conversation in progress, owned by auth/. */
  saslConversation: unknown;
  /** Names of the compressors that `hello` agreed on. */
  compressors: readonly string[];
  /** Milliseconds since the epoch of the last command. */
  lastUsed_ms: number;
  /** Aborted when the socket is gone. */
  readonly closed: AbortSignal;
}
