// `setClusterParameter`. Source: the manual's page "setClusterParameter".
import { elements } from '../bson/reader.js';
import { documentValue } from '../bson/raw-value.js';
import { BsonType } from '../bson/types.js';
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const setClusterParameter = defineCommand({
  name: 'setClusterParameter',
  help: 'Changes a cluster parameter; it holds over restarts.',
  fields: { setClusterParameter: { kind: 'object', required: true } },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['setClusterParameter'] }] },
  adminOnly: true,
  async run({ setClusterParameter: change }, { services }) {
    const fields = [...elements(documentValue(change))];
    const [field] = fields;
    if (field === undefined || fields.length > 1) throw new CommandError('InvalidOptions', 'setClusterParameter only supports setting exactly one parameter');
    const [name, value] = field;
    if (value.type !== BsonType.object) throw new CommandError('TypeMismatch', `Cluster parameter value for ${name} must be an object`);
    await services.clusterParameters.set(name, value.document(), services.logicalClock.now());
    services.log.write('info', 'cluster_parameter.set', { name });
    return emptyDocument;
  },
});
