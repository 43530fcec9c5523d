// `validate`: reads every record and every key and compares them. Source: the manual's page "validate (database command)".
import { encodeDocument } from '../bson/values.js';
import { checkCollection } from '../execution/catalog/check-collection.js';
import { runPinned } from '../execution/pinned-work.js';
import { writeTarget } from '../execution/writes/write-target.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const validate = defineCommand({
  name: 'validate',
  help: 'Checks the records and indexes of a collection against each other.',
  fields: {
    validate: { kind: 'string', required: true },
    full: 'boolean',
    repair: 'boolean',
    fixMultikey: 'boolean',
    // Sent by old and new versions of some drivers beside `full`; everything is always scanned.
    scandata: { kind: 'boolean', ignored: true },
    metadata: { kind: 'boolean', ignored: true },
    checkBSONConformance: { kind: 'boolean', ignored: true },
    background: 'boolean',
  },
  access: { kind: 'privileges', required: ({ validate: collection }, database) => [{ resource: { database, collection }, actions: ['validate'] }] },
  run({ validate: name, repair, fixMultikey, full, background }, context) {
    if (background === true && full === true) {
      throw new CommandError('InvalidOptions', 'Running the validate command with both { background: true } and { full: true } is not supported.');
    }
    const onlyAlone = repair === true ? 'repair' : fixMultikey === true ? 'fixMultikey' : undefined;
    if (onlyAlone !== undefined) throw new CommandError('InvalidOptions', `Running the validate command with { ${onlyAlone}: true } can only be performed in standalone mode.`);
    return runPinned(context, function* (unit) {
      const collection = writeTarget(unit, context.database, name);
      if (collection === undefined) throw new CommandError('NamespaceNotFound', `Collection '${context.database}.${name}' does not exist to validate.`);
      const found = yield* checkCollection(unit, collection);
      return encodeDocument({
        ns: `${context.database}.${name}`,
        nInvalidDocuments: found.invalidDocuments,
        nNonCompliantDocuments: 0,
        nrecords: found.records,
        nIndexes: collection.indexes.length,
        keysPerIndex: Object.fromEntries(found.keysPerIndex),
        indexDetails: Object.fromEntries([...found.keysPerIndex.keys()].map((index) => [index, { valid: !found.damagedIndexes.has(index) }])),
        valid: found.errors.length === 0,
        repaired: false,
        warnings: [],
        errors: found.errors,
        extraIndexEntries: [],
        missingIndexEntries: [],
        corruptRecords: [],
      });
    });
  },
});
