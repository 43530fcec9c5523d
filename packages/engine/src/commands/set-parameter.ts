// `setParameter`: changes a parameter of those that may change while the engine runs.
// Source: the manual's page "setParameter".
import { elements } from '../bson/reader.js';
import { documentValue } from '../bson/raw-value.js';
import { documentOf, decodePlain, encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';
import { genericFields } from '../dispatch/fields.js';
import { CommandError } from '../errors.js';

export const setParameter = defineCommand({
  name: 'setParameter',
  help: 'Changes one of the parameters that may change while the engine runs.',
  fields: { setParameter: 'any' },
  // The names of the parameters are fields.
  unknownFields: 'ignored',
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['setParameter'] }] },
  adminOnly: true,
  run(_fields, { services, body }) {
    const [, ...rest] = elements(documentValue(body));
    const [change, ...others] = rest.filter(([name]) => !genericFields.has(name));
    if (change === undefined) throw new CommandError('InvalidOptions', 'no option found to set, use help:true to see options');
    const [name, value] = change;
    if (others.length > 0) throw new CommandError('InvalidOptions', 'only one parameter may be set at a time');
    const was = services.server.parameters.set(name, decodePlain(documentOf([[name, value]]))[name]);
    services.log.write('info', 'parameter.set', { name });
    return encodeDocument({ was });
  },
});
