// `drop`. Source: the manual's page "drop (database command)".
import { DocumentWriter } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { profileCollection } from '../dispatch/profiler.js';
import { CommandError } from '../errors.js';
import { checkWritable } from '../execution/writes/write-target.js';

export const drop = defineCommand({
  name: 'drop',
  help: 'Removes a collection or a view.',
  fields: { drop: { kind: 'string', required: true } },
  access: { kind: 'privileges', required: ({ drop: collection }, database) => [{ resource: { database, collection }, actions: ['dropCollection'] }] },
  stableApi: true,
  async run({ drop: name }, context) {
    const namespace = `${context.database}.${name}`;
    checkWritable(context.database, name);
    if (name === profileCollection && context.services.profiler.of(context.database).level > 0) {
      throw new CommandError('IllegalOperation', 'turn off profiling before dropping system.profile collection');
    }
    const dropped = await context.write((unit) => {
      const collection = unit.collection(context.database, name);
      if (collection === undefined) return undefined;
      unit.dropCollection(collection);
      return collection;
    });
    const writer = new DocumentWriter();
    // Since MongoDB 7.0 it is no error to drop what is not there.
    if (dropped !== undefined && dropped.kind !== 'view') writer.int32('nIndexesWas', dropped.indexes.length);
    return writer.string('ns', namespace).finish();
  },
});
