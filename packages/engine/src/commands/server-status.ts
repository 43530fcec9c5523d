// `serverStatus`: what drivers, shells and exporters read. Source: the manual's page "serverStatus".
import { elements } from '../bson/reader.js';
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { BsonType, isNumericType } from '../bson/types.js';
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';
import { serverStatusDocument } from '../dispatch/server-status-sections.js';

export const serverStatus = defineCommand({
  name: 'serverStatus',
  help: "Shows the engine's counters.",
  fields: { serverStatus: 'any' },
  // The names of sections are fields: 1 asks for one, 0 leaves it out.
  unknownFields: 'ignored',
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['serverStatus'] }] },
  run: (_fields, { services, body }) => encodeDocument(serverStatusDocument(services, sectionsLeftOut(body))),
});

function sectionsLeftOut(body: RawDocument): ReadonlySet<string> {
  const left = [...elements(documentValue(body))].filter(([, value]) => {
    if (value.type === BsonType.bool) return !value.boolean();
    return isNumericType(value.type) && value.number() === 0;
  });
  return new Set(left.map(([name]) => name));
}
