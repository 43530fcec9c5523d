// `dataSize`: the bytes of a collection's documents, of all of them or of those between two keys.
// Source: the manual's page "dataSize".
import { Long } from 'bson';
import { encodeDocument } from '../bson/values.js';
import type { RawDocument } from '../bson/raw-value.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';
import { CommandError } from '../errors.js';
import { namespaceParts } from '../storage/namespace.js';

interface Size {
  readonly bytes: number;
  readonly documents: number;
}

function sizeOf(context: CommandContext, namespace: string): Size {
  const { database, collection } = namespaceParts(namespace);
  return context.read((unit) => {
    const entry = unit.collection(database, collection);
    return entry === undefined ? { bytes: 0, documents: 0 } : unit.counts(entry);
  });
}

function isGiven(key: RawDocument | undefined): boolean {
  return key !== undefined && key.length > emptyDocument.length;
}

export const dataSize = defineCommand({
  name: 'dataSize',
  aliases: ['datasize'],
  help: "Says how many bytes a collection's documents take.",
  fields: { dataSize: { kind: 'string', required: true }, keyPattern: 'object', min: 'object', max: 'object', estimate: 'boolean' },
  access: {
    kind: 'privileges',
    required: ({ dataSize: namespace }) => [{ resource: namespaceParts(namespace), actions: ['find'] }],
  },
  run({ dataSize: namespace, min, max, estimate }, context) {
    if (isGiven(min) || isGiven(max)) throw new CommandError('CommandNotSupported', 'dataSize between two keys is not supported by this server: sum $bsonSize in a pipeline');
    const { bytes, documents } = sizeOf(context, namespace);
    return encodeDocument({ size: Long.fromNumber(bytes), numObjects: Long.fromNumber(documents), millis: 0, estimate: estimate ?? false });
  },
});
