// Sends documents as the bytes that they are. The driver has no public way to do so: what it is given it serializes anew, and a JavaScript
// object keeps neither the order of numeric field names nor every BSON type. Its own class for sections of kind 1 of OP_MSG (MongoDB wire protocol)
// is taken for that; this file alone knows of it. document-sequence.test.ts holds the driver to it, and a driver without it does not start.
import { createRequire } from 'node:module';

interface DocumentSequence {
  push(document: object, bytes: Uint8Array): number;
}
type DocumentSequenceClass = new (field: string) => DocumentSequence;

function driversOwn(): DocumentSequenceClass {
  const { DocumentSequence } = createRequire(import.meta.url)('mongodb/lib/cmap/commands.js') as { readonly DocumentSequence?: DocumentSequenceClass };
  if (DocumentSequence !== undefined && 'push' in (DocumentSequence.prototype as object)) return DocumentSequence;
  throw new Error('this version of the mongodb driver has no DocumentSequence any more: copying documents as bytes needs another way (adapters/mongodb/document-sequence.ts)');
}

const Sequence = driversOwn();

/** A field of a command, to be sent as these documents. */
export function documentSequence(field: string, documents: Iterable<Uint8Array>): object {
  const sequence = new Sequence(field);
  for (const bytes of documents) sequence.push({}, bytes);
  return sequence;
}
