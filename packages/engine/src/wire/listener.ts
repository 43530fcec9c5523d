// The listening socket: accepts clients up to the limit, plain or with TLS, and lets go of them in order.
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import type { Connection } from '../dispatch/connection.js';
import type { ConnectionRegistry } from '../dispatch/connection-registry.js';
import type { EngineClock } from '../dispatch/clock.js';
import type { EngineLog } from '../dispatch/log.js';
import type { EngineMetrics } from '../dispatch/metrics.js';
import { ClientConnection, type ConnectionLimits } from './client-connection.js';
import type { RequestHandler } from './request.js';
import { beginsTls, certificateSubjectOf, showsForeignCertificate, tellingBytes, tlsServerOptions, type TlsOptions } from './tls.js';

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsOptions | undefined;
  readonly connectionsMax: number;
  /** A TLS handshake that takes longer is given up. */
  readonly handshakeTimeout_ms: number;
  readonly limits: ConnectionLimits;
}

export interface ListenerParts {
  readonly handler: RequestHandler;
  readonly clock: EngineClock;
  readonly metrics: EngineMetrics;
  readonly log: EngineLog;
  readonly connections: ConnectionRegistry;
}

const handshakesMax = 1000;

export class Listener {
  private readonly server: Server;
  private readonly tlsServer: TlsServer | undefined;
  private readonly connections = new Map<number, ClientConnection>();
  private lastConnectionId = 0;

  constructor(
    private readonly options: ListenerOptions,
    private readonly parts: ListenerParts,
  ) {
    const socketOptions = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 120_000 };
    const { tls } = options;
    const accept = (socket: Socket): void => (tls?.certificateAuthority !== undefined && showsForeignCertificate(socket) ? this.refuseForeign(socket) : this.accept(socket));
    this.tlsServer = tls === undefined ? undefined : createTlsServer({ ...socketOptions, ...tlsServerOptions(tls), handshakeTimeout: options.handshakeTimeout_ms }, accept);
    if (this.tlsServer === undefined) this.server = createServer(socketOptions, accept);
    else {
      this.server = tls?.allowsPlainText === true ? createServer(socketOptions, (socket) => this.tellApart(socket)) : this.tlsServer;
      this.boundHandshakes(this.tlsServer);
    }
  }

  /** Resolves with the port; rejects with the platform's error (EADDRINUSE, ...). */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ host: this.options.host, port: this.options.port }, () => {
        this.server.off('error', reject);
        this.server.on('error', (error) => this.parts.log.write('error', 'listener.error', { reason: error.message }));
        const address = this.server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : this.options.port);
      });
    });
  }

  /** Takes no new clients, lets running commands end for up to `grace_ms`, then closes what is left. */
  async close(grace_ms: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    const timer = setTimeout(() => {
      for (const connection of this.connections.values()) connection.destroy();
    }, grace_ms);
    await Promise.all([...this.connections.values()].map((connection) => connection.end()));
    clearTimeout(timer);
    await closed;
  }

  /** Connections from now on see these certificates. Throws where they are no good, and keeps the old ones. */
  useCertificates(tls: TlsOptions): void {
    this.tlsServer?.setSecureContext(tlsServerOptions(tls));
  }

  /** The first bytes say whether a peer speaks TLS; it has the time of a handshake to send them. */
  private tellApart(socket: Socket): void {
    const giveUp = (): void => void socket.destroy();
    socket.on('error', giveUp);
    socket.setTimeout(this.options.handshakeTimeout_ms, giveUp);
    let received: Buffer = Buffer.alloc(0);
    const read = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      if (received.length < tellingBytes) return;
      socket.off('data', read);
      socket.pause();
      socket.setTimeout(0, giveUp);
      socket.unshift(received);
      if (beginsTls(received)) this.tlsServer!.emit('connection', socket);
      else this.accept(socket);
      setImmediate(() => socket.resume());
    };
    socket.on('data', read);
  }

  /** Sockets in a handshake are no connections yet: they have a bound of their own. */
  private boundHandshakes(tlsServer: TlsServer): void {
    const { log } = this.parts;
    this.server.maxConnections = this.options.connectionsMax + handshakesMax;
    this.server.on('drop', () => log.write('warn', 'connection.refused', { limit: this.server.maxConnections }));
    tlsServer.on('tlsClientError', (error: Error, socket: Socket) => {
      log.write('debug', 'connection.handshake_failed', { reason: error.message });
      socket.destroy();
    });
  }

  private refuseForeign(socket: Socket): void {
    this.parts.log.write('debug', 'connection.handshake_failed', { reason: 'the certificate was not signed by the authority for clients' });
    socket.destroy();
  }

  private accept(socket: Socket): void {
    const { metrics, log } = this.parts;
    const remoteAddress = `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`;
    if (this.connections.size >= this.options.connectionsMax) {
      metrics.connections.rejected += 1;
      log.write('warn', 'connection.refused', { remote: remoteAddress, limit: this.options.connectionsMax });
      socket.destroy();
      return;
    }
    const closing = new AbortController();
    const state = this.connectionState(socket, remoteAddress, closing.signal);
    const { handler } = this.parts;
    this.connections.set(state.id, new ClientConnection({ state, socket, handler, limits: this.options.limits, metrics, log }));
    this.parts.connections.add(state);
    metrics.connections.current += 1;
    metrics.connections.totalCreated += 1;
    log.write('debug', 'connection.opened', { connection: state.id, remote: remoteAddress });
    socket.once('close', () => {
      this.connections.delete(state.id);
      metrics.connections.current -= 1;
      closing.abort();
      handler.disconnected(state);
      this.parts.connections.remove(state);
      log.write('debug', 'connection.closed', { connection: state.id });
    });
  }

  private connectionState(socket: Socket, remoteAddress: string, closed: AbortSignal): Connection {
    const now_ms = this.parts.clock.now_ms();
    this.lastConnectionId += 1;
    return {
      id: this.lastConnectionId,
      remoteAddress,
      localAddress: displayAddress(socket.localAddress ?? '127.0.0.1', socket.localPort ?? this.options.port),
      isLocal: isLoopback(socket.remoteAddress ?? ''),
      opened_ms: now_ms,
      user: undefined,
      mechanism: undefined,
      clientMetadata: undefined,
      certificateSubject: certificateSubjectOf(socket),
      saslConversation: undefined,
      compressors: [],
      lastUsed_ms: now_ms,
      closed,
    };
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

/** `host:port` as drivers write it; an IPv4 address that came over an IPv6 socket is written as IPv4. */
function displayAddress(address: string, port: number): string {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}
