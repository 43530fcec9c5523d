// What passes between the sockets and the dispatcher: one request, one reply.
import type { RawDocument } from '../bson/raw-value.js';
import type { Connection } from '../dispatch/connection.js';
import type { ReplyDocument } from './op-msg.js';

export interface WireRequest {
  readonly connection: Connection;
  readonly body: RawDocument;
  readonly sequences: ReadonlyMap<string, readonly RawDocument[]>;
  /** Set for OP_QUERY, whose body has no `$db`. */
  readonly legacyDatabase: string | undefined;
  /** The client takes a stream of replies to this one request. */
  readonly exhaustAllowed: boolean;
}

export interface WireReply extends ReplyDocument {
  /** Close the connection instead of answering (fail points, `shutdown`). */
  readonly closesConnection?: boolean;
  /** The reply is one of a stream: send it, then run this request for the next one. */
  readonly followedBy?: WireRequest;
}

export interface RequestHandler {
  /** Never rejects and never throws: errors are replies. What need not wait is answered at once. */
  handle(request: WireRequest): Promise<WireReply> | WireReply;
  /** The peer is gone: nobody waits for what runs on its connection. */
  disconnected(connection: Connection): void;
  /** The reply to a message whose documents cannot be read. */
  refuse(error: unknown): WireReply;
}
