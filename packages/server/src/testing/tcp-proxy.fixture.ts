// A cable between a client and a server, which a test can cut and mend: the network, as seen from the client.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Ends every connection at once, and refuses new ones. */
  cut(): Promise<void>;
  /** Lets the first command through that contains the text, and cuts before its answer is there. */
  cutAtAnswerTo(text: string): void;
  /** Keeps connections and takes new ones, but lets nothing through any more: a host that has vanished from the network. */
  stall(): void;
  mend(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one to `host:port`, on a free port of the loopback address. */
export async function startTcpProxy(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isStalled = false;
  let fatalText: string | undefined;
  const open = (): Server => createServer((client) => {
    const server = connect(target);
    let isFatal = false;
    for (const [from, to] of [[client, server], [server, client]] as const) {
      sockets.add(from);
      from.on('data', (bytes) => {
        if (isFatal && from === server) void cut();
        else if (!isStalled) to.write(bytes);
        if (from === client && fatalText !== undefined && bytes.includes(fatalText)) {
          isFatal = true;
          fatalText = undefined;
        }
      });
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      // The other end is told by the close that follows.
      from.on('error', () => undefined);
    }
  });
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };

  let listener = open();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;

  const cut = async (): Promise<void> => {
    if (!listener.listening) return;
    const closed = once(listener, 'close');
    listener.close();
    endAll();
    await closed;
  };
  return {
    port,
    cut,
    cutAtAnswerTo: (text) => { fatalText = text; },
    stall: () => { isStalled = true; },
    mend: async () => {
      // What was swallowed is lost: those connections are of no use.
      if (isStalled) endAll();
      isStalled = false;
      if (listener.listening) return;
      listener = open();
      listener.listen(port, '127.0.0.1');
      await once(listener, 'listening');
    },
    stop: cut,
  };
}
