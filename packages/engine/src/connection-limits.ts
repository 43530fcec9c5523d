// What connections may do, whoever is at their other end.
import { maxMessageBytes } from './dispatch/server-state.js';
import type { ConnectionLimits } from './wire/client-connection.js';

/** Hello, authentication and the first user need no more. */
export const strangerMessageBytesMax = 64 * 1024;
export const handshakeTimeout_ms = 30_000;
export const connectionLimits: ConnectionLimits = {
  messageBytesMax: maxMessageBytes,
  strangerMessageBytesMax,
  pendingMax: 32,
  pendingBytesMax: 2 * maxMessageBytes,
  stallTimeout_ms: 60_000,
  slowestBytesPerSecond: 16 * 1024,
};
