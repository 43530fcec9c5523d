// `convertToCapped`. Source: the manual's page "convertToCapped".
import { randomUUID } from 'node:crypto';
import { emptyDocument } from '../bson/writer.js';
import { checkCappedSize, copiedCollection, copyCapped } from '../execution/writes/capped-copy.js';
import { checkWritable } from '../execution/writes/write-target.js';
import { defineCommand } from '../dispatch/command.js';

export const convertToCapped = defineCommand({
  name: 'convertToCapped',
  help: 'Puts a capped copy in the place of a collection: its newest documents, without its indexes.',
  fields: { convertToCapped: { kind: 'string', required: true }, size: { kind: 'number', required: true } },
  access: { kind: 'privileges', required: ({ convertToCapped: collection }, database) => [{ resource: { database, collection }, actions: ['convertToCapped'] }] },
  async run({ convertToCapped: name, size }, context) {
    const { database } = context;
    checkWritable(database, name);
    checkCappedSize(size);
    const copy = { database, from: name, to: `tmp.convertToCapped.${randomUUID()}`, size_bytes: size };
    await context.write((unit) => {
      const replaced = copiedCollection(unit, copy);
      unit.renameCollection(copyCapped(unit, copy), database, name, replaced);
    });
    return emptyDocument;
  },
});
