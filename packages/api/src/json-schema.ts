// JSON Schema of the resources, for OpenAPI and for serialisers.
import * as z from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * A schema for compiling a serialiser (draft 7): only what decides which fields are written and how. Formats, patterns and
 * descriptions are left out because they say nothing there, and "this or null" is a list of types because that needs no validation to choose.
 */
export function serialisationSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'output',
    reused: 'inline',
    override: ({ jsonSchema }) => {
      delete jsonSchema.format;
      delete jsonSchema.pattern;
      delete jsonSchema.description;
      const [first, second] = jsonSchema.anyOf ?? [];
      if (jsonSchema.anyOf?.length === 2 && typeof first?.type === 'string' && first.type !== 'object' && second?.type === 'null') {
        delete jsonSchema.anyOf;
        Object.assign(jsonSchema, { type: [first.type, 'null'] });
      }
    },
  });
}

/** Collects named schemas as OpenAPI components while others refer to them. */
export class SchemaCollection {
  readonly components: Record<string, JsonSchema> = {};

  /** The schema, or a reference to the component it is. */
  add(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const described: Record<string, unknown> = z.toJSONSchema(schema, { target: 'draft-2020-12', io, unrepresentable: 'any' });
    for (const [name, definition] of Object.entries((described['$defs'] ?? {}) as Record<string, JsonSchema>)) {
      this.components[name] = asComponent(definition);
    }
    const component = asComponent(described);
    if (typeof described['id'] !== 'string') return component;
    this.components[described['id']] = component;
    return { $ref: `#/components/schemas/${described['id']}` };
  }
}

function asComponent(schema: JsonSchema): JsonSchema {
  const ownFields = Object.entries(schema).filter(([name]) => name !== '$schema' && name !== '$defs' && name !== 'id');
  return JSON.parse(JSON.stringify(Object.fromEntries(ownFields)).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
}
