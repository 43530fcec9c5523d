// `getClusterParameter`. Source: the manual's page "getClusterParameter".
import { arrayValues } from '../bson/reader.js';
import type { RawValue } from '../bson/raw-value.js';
import { BsonType } from '../bson/types.js';
import { DocumentWriter } from '../bson/writer.js';
import { clusterParameterNames } from '../dispatch/cluster-parameters.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const getClusterParameter = defineCommand({
  name: 'getClusterParameter',
  help: "Shows cluster parameters: one, several, or all with '*'.",
  fields: { getClusterParameter: { kind: 'any', required: true }, omitInFTDC: { kind: 'any', ignored: true } },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['getClusterParameter'] }] },
  adminOnly: true,
  run({ getClusterParameter: which }, { services }) {
    const writer = new DocumentWriter().openArray('clusterParameters');
    namesOf(which).forEach((name, index) => writer.document(String(index), services.clusterParameters.get(name)));
    return writer.close().finish();
  },
});

function namesOf(which: RawValue): readonly string[] {
  const values = which.type === BsonType.array ? arrayValues(which) : [which];
  if (values.length === 0) throw new CommandError('BadValue', 'Must supply at least one cluster server parameter name to getClusterParameter');
  const names = values.map((value) => {
    if (value.type !== BsonType.string) throw new CommandError('TypeMismatch', "BSON field 'getClusterParameter.getClusterParameter' is the wrong type, expected types '[string, array]'");
    return value.string();
  });
  return names.length === 1 && names[0] === '*' ? clusterParameterNames : names;
}
