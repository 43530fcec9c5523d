// `getParameter`. Source: the manual's page "getParameter".
import { ElementReader } from '../bson/reader.js';
import { BsonType } from '../bson/types.js';
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';
import { genericFields } from '../dispatch/fields.js';
import { CommandError } from '../errors.js';

export const getParameter = defineCommand({
  name: 'getParameter',
  help: "Shows one of the engine's parameters, or all of them with '*'.",
  fields: { getParameter: { kind: 'any', required: true }, allParameters: 'boolean' },
  // The names of the parameters are fields.
  unknownFields: 'ignored',
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['getParameter'] }] },
  adminOnly: true,
  run({ getParameter: which }, { services, body }) {
    const { parameters } = services.server;
    if (which.type === BsonType.string && which.string() === '*') return encodeDocument(Object.fromEntries(parameters));
    const found: [string, unknown][] = [];
    const reader = new ElementReader(body);
    reader.next();
    while (reader.next()) {
      const name = reader.name();
      if (!genericFields.has(name) && parameters.has(name)) found.push([name, parameters.get(name)]);
    }
    if (found.length === 0) throw new CommandError('InvalidOptions', 'no option found to get');
    return encodeDocument(Object.fromEntries(found));
  },
});
