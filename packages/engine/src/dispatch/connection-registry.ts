// The open client connections, for `currentOp` with idle connections, and for `serverStatus`.
import type { Connection } from './connection.js';

export class ConnectionRegistry {
  private readonly open = new Map<number, Connection>();

  add(connection: Connection): void {
    this.open.set(connection.id, connection);
  }

  remove(connection: Connection): void {
    this.open.delete(connection.id);
  }

  all(): Iterable<Connection> {
    return this.open.values();
  }
}
