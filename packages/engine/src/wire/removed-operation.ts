// Operations of the protocol that MongoDB has removed and that still ask for an answer: reads by OP_QUERY and OP_GET_MORE.
// Clients of old show the answer instead of a lost connection. Source: the manual's page "Legacy Opcodes", and the server's answer.
import { encodeDocument } from '../bson/values.js';
import { frame, OpCode } from './message.js';

/** Flag of an OP_REPLY: the document is an error (`$err`). */
const queryFailure = 2;
const removedOperationCode = 5739101;

export class RemovedOperation extends Error {
  constructor(operation: 'OP_QUERY' | 'OP_GET_MORE') {
    super(`${operation} is no longer supported. The client driver may require an upgrade.`);
    this.name = 'RemovedOperation';
  }
}

/** The bytes of the OP_REPLY that says so. */
export function encodeRemovedOperation({ message }: RemovedOperation, requestId: number, responseTo: number): Buffer[] {
  const prelude = Buffer.alloc(20);
  // Flags, cursor (8 bytes), starting from, one document.
  prelude.writeInt32LE(queryFailure, 0);
  prelude.writeInt32LE(1, 16);
  return frame(OpCode.reply, requestId, responseTo, [prelude, encodeDocument({ $err: message, code: removedOperationCode, ok: 0 })]);
}
