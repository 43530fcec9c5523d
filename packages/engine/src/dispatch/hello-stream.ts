// A streaming `hello`: one request, a reply whenever something changes or `maxAwaitTimeMS` has passed.
// Source: the specification "Server Discovery And Monitoring", streaming protocol.
import { ElementReader, getDocumentField } from '../bson/reader.js';
import { DocumentWriter } from '../bson/writer.js';
import type { WireRequest } from '../wire/request.js';
import type { ServerState } from './server-state.js';

const streamingCommands: ReadonlySet<string> = new Set(['hello', 'isMaster', 'ismaster']);

/** The request that the next reply of the stream answers, or undefined where the client asked for no stream. */
export function nextHello(commandName: string, request: WireRequest, server: ServerState): WireRequest | undefined {
  if (!request.exhaustAllowed || !streamingCommands.has(commandName)) return undefined;
  if (getDocumentField(request.body, 'topologyVersion') === undefined) return undefined;
  return { ...request, body: withTopologyVersion(request.body, server) };
}

/** The same command with our topology version, so that the next reply waits for a change of what this one said. */
function withTopologyVersion(body: Buffer, server: ServerState): Buffer {
  const writer = new DocumentWriter();
  const reader = new ElementReader(body);
  while (reader.next()) {
    const name = reader.name();
    if (name === 'topologyVersion') appendTopologyVersion(writer, server);
    else writer.append(name, reader.value());
  }
  return writer.finish();
}

/** The `topologyVersion` field of `hello` and of errors about the server's state. */
export function appendTopologyVersion(writer: DocumentWriter, server: ServerState): void {
  writer.openDocument('topologyVersion');
  writer.append('processId', server.processIdValue).int64('counter', server.topologyCounter).close();
}
