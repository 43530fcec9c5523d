// `currentOp`. Source: the manual's page "currentOp".
import { elements } from '../bson/reader.js';
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { isTruthy } from '../bson/truth.js';
import { documentOf } from '../bson/values.js';
import { DocumentWriter } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { genericFields } from '../dispatch/fields.js';
import { operationDocuments } from '../dispatch/operation-documents.js';
import { environmentOf } from '../execution/environment.js';
import { compileFilter } from '../query/match/compile-filter.js';

const ownFields: ReadonlySet<string> = new Set(['$all', '$ownOps', '$truncateOps']);

export const currentOp = defineCommand({
  name: 'currentOp',
  help: 'Shows the operations that run now; with $all also the idle connections.',
  fields: { currentOp: 'any', $all: 'any', $ownOps: 'any', $truncateOps: 'any' },
  // The other fields are a filter on the operations' documents.
  unknownFields: 'ignored',
  // One's own operations need no privilege: `run` checks for the others'.
  access: { kind: 'authenticated' },
  adminOnly: true,
  run(fields, context) {
    const ownOnly = isTruthy(fields.$ownOps);
    if (!ownOnly) context.services.access.authorize(context, [{ resource: { cluster: true }, actions: ['inprog'] }]);
    const selection = { allUsers: !ownOnly, idleConnections: isTruthy(fields.$all) };
    const matcher = compileFilter(filterOf(context.body), environmentOf(context));
    const found = operationDocuments(context.services, context.connection, selection);
    const writer = new DocumentWriter().openArray('inprog');
    found.filter((document) => matcher.matches(documentValue(document))).forEach((document, index) => writer.document(String(index), document));
    writer.close();
    const locks = context.services.server.writeGate.lockCount;
    if (locks > 0) writer.boolean('fsyncLock', true).string('info', 'use command {fsyncUnlock: 1} to unlock');
    return writer.finish();
  },
});

/** Every field of the command that is not an argument. */
function filterOf(body: RawDocument): RawDocument {
  const [, ...rest] = elements(documentValue(body));
  return documentOf(rest.filter(([name]) => !genericFields.has(name) && !ownFields.has(name)));
}
