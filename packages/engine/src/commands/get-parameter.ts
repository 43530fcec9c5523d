// `getParameter`. Source: the manual's page "getParameter".
import { ElementReader, getDocumentField } from '../bson/reader.js';
import type { RawDocument } from '../bson/raw-value.js';
import { isTruthy } from '../bson/truth.js';
import { BsonType } from '../bson/types.js';
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';
import { genericFields } from '../dispatch/fields.js';
import { definitionOf } from '../dispatch/parameters.js';
import { CommandError } from '../errors.js';

export const getParameter = defineCommand({
  name: 'getParameter',
  help: "Shows one of the engine's parameters, or all of them with '*'.",
  fields: { getParameter: { kind: 'any', required: true }, allParameters: 'boolean' },
  // The names of the parameters are fields.
  unknownFields: 'ignored',
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['getParameter'] }] },
  adminOnly: true,
  run({ getParameter: which, allParameters }, { services, body }) {
    const { parameters } = services.server;
    const asked = which.type === BsonType.object ? which.document() : undefined;
    const wantsAll = allParameters === true || (which.type === BsonType.string && which.string() === '*') || isSet(asked, 'allParameters');
    const names = wantsAll ? [...parameters.all().keys()] : namesIn(body).filter((name) => parameters.has(name));
    if (names.length === 0) throw new CommandError('InvalidOptions', 'no option found to get');
    const shown = isSet(asked, 'showDetails') ? describe : (name: string): unknown => parameters.get(name);
    return encodeDocument(Object.fromEntries(names.map((name) => [name, shown(name)])));

    function describe(name: string): unknown {
      const definition = definitionOf(name);
      return { value: parameters.get(name), settableAtRuntime: definition?.atRuntime === true, settableAtStartup: definition?.atStartup === true };
    }
  },
});

function isSet(asked: RawDocument | undefined, name: string): boolean {
  const value = asked === undefined ? undefined : getDocumentField(asked, name);
  return value !== undefined && isTruthy(value);
}

/** The names behind the command's own. */
function namesIn(body: RawDocument): string[] {
  const names: string[] = [];
  const reader = new ElementReader(body);
  reader.next();
  while (reader.next()) if (!genericFields.has(reader.name())) names.push(reader.name());
  return names;
}
