// `create`. Source: the manual's page "create".
import { checkCreateOptions, collectionKind, storedOptions, viewStages } from '../execution/catalog/collection-options.js';
import { expiryIndex, measurementsIndex } from '../execution/catalog/time-series.js';
import { checkViewCycle } from '../execution/catalog/view-cycle.js';
import { authorizeView } from '../execution/reads/run-pipeline.js';
import { checkWritable } from '../execution/writes/write-target.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const create = defineCommand({
  name: 'create',
  help: 'Makes a collection or a view.',
  fields: {
    create: { kind: 'string', required: true },
    capped: 'boolean',
    size: 'number',
    max: 'number',
    validator: 'object',
    validationLevel: 'string',
    validationAction: 'string',
    viewOn: 'string',
    pipeline: 'array',
    collation: 'object',
    timeseries: 'object',
    clusteredIndex: 'any',
    changeStreamPreAndPostImages: 'object',
    expireAfterSeconds: 'number',
    encryptedFields: 'object',
    // Every collection has its _id index; there is one storage engine.
    autoIndexId: { kind: 'any', ignored: true },
    idIndex: { kind: 'object', ignored: true },
    storageEngine: { kind: 'object', ignored: true },
    indexOptionDefaults: { kind: 'object', ignored: true },
    flags: { kind: 'any', ignored: true },
    temp: { kind: 'any', ignored: true },
  },
  access: { kind: 'privileges', required: ({ create: collection }, database) => [{ resource: { database, collection }, actions: ['createCollection'] }] },
  inTransactions: true,
  stableApi: true,
  async run(fields, context) {
    const { database } = context;
    const name = fields.create;
    checkWritable(database, name);
    checkCreateOptions(fields);
    if (fields.viewOn !== undefined) authorizeView(context, fields.viewOn, viewStages(fields.pipeline));
    const options = storedOptions(fields);
    await context.write((unit) => {
      const existing = unit.collection(database, name);
      if (existing?.options.equals(options) === true) return;
      if (existing !== undefined) {
        const namespace = `${database}.${name}`;
        throw new CommandError('NamespaceExists', existing.kind === 'view' ? `A view already exists. NS: ${namespace}` : `Collection ${namespace} already exists.`);
      }
      if (fields.viewOn !== undefined) checkViewCycle(unit, database, name, fields.viewOn);
      let created = unit.createCollection(database, name, options, collectionKind(fields));
      if (created.kind !== 'timeseries') return;
      for (const index of [measurementsIndex(created), expiryIndex(created)]) {
        if (index !== undefined) created = unit.createIndex(created, index);
      }
    });
    return emptyDocument;
  },
});
