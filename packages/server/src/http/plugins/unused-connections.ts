// Clients open connections ahead of their requests. Over those nothing has been asked yet, so Node does not count them as idle
// and would wait for them when the server stops: they are closed here.
import type { Socket } from 'node:net';
import fastifyPlugin from 'fastify-plugin';

export const unusedConnectionsPlugin = fastifyPlugin((server, _options, done) => {
  const connections = new Set<Socket>();
  server.server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  server.addHook('preClose', async () => {
    for (const socket of connections) {
      if (socket.bytesRead === 0) socket.destroy();
    }
  });
  done();
});
