import { describe, expect, it } from 'vitest';
import { serialisationSchema } from './json-schema.js';
import { openApiDocument } from './openapi.js';
import { bulkAnswerSchema, bulkItemErrors } from './resources/bulk.js';
import { databasePageSchema } from './resources/database.js';
import { routeList } from './routes.js';

const document = openApiDocument('1.2.3');
const text = JSON.stringify(document);

describe('the OpenAPI document', () => {
  it('describes every route of the table', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
    expect(described.toSorted()).toEqual(routeList.map((route) => `${route.method} ${route.path}`).toSorted());
  });

  it('refers to components that exist, and to nothing else', () => {
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/gu)].map((match) => match[1]!);
    expect(references.length).toBeGreaterThan(0);
    for (const reference of references) {
      expect(reference).toMatch(/^#\/components\/schemas\//u);
      expect(document.components.schemas).toHaveProperty([reference.split('/').at(-1)!]);
    }
    expect(text).not.toContain('$defs');
  });

  it('says of query parameters what they mean, not how they are sent', () => {
    const list = document.paths['/api/databases']!['get'] as { parameters: { name: string; required: boolean; schema: object }[] };
    expect(list.parameters).toContainEqual(expect.objectContaining({ name: 'limit', required: false, schema: expect.objectContaining({ type: 'integer', minimum: 1, maximum: 100, default: 20 }) }));
    expect(list.parameters).toContainEqual(expect.objectContaining({ name: 'is_default', required: false, schema: { type: 'boolean' } }));
  });

  it('says of every parameter what it means, of every call what it does, and of fields of databases more than their names', () => {
    const calls = Object.values(document.paths).flatMap((methods) => Object.values(methods)) as unknown as readonly { operationId: string; summary: string; parameters: readonly { name: string; description?: string }[] }[];
    expect(calls.flatMap(({ operationId, parameters }) => parameters.filter(({ description }) => description === undefined).map(({ name }) => `${operationId} ${name}`))).toEqual([]);
    expect(calls.filter(({ summary }) => summary === '')).toEqual([]);
    const plain = new Set(['id', 'name', 'description', 'created_at']);
    const fields = (document.components.schemas['Database'] as { properties: Record<string, { description?: string }> }).properties;
    expect(Object.entries(fields).filter(([name, { description }]) => description === undefined && !plain.has(name)).map(([name]) => name)).toEqual([]);
  });

  it('says which codes a single result of a bulk call can have, by the action', () => {
    const { code } = (document.components.schemas['BulkAnswer'] as unknown as { properties: { results: { items: { properties: { error: { properties: { code: { type: string; enum: string[]; description: string } } } } } } } })
      .properties.results.items.properties.error.properties;
    const codes = Object.values(bulkItemErrors).flat();
    expect([code.type, code.enum.toSorted()]).toEqual(['string', [...new Set(codes)].toSorted()]);
    for (const [action, its] of Object.entries(bulkItemErrors)) if (its.length > 0) expect(code.description).toContain(`With \`${action}\`: ${its.map((each) => `\`${each}\``).join(', ')}.`);
  });

  it('asks for a credential everywhere but on public calls', () => {
    for (const route of routeList) {
      const { security } = document.paths[route.path]![route.method.toLowerCase()] as { security: unknown[] };
      expect(security, route.name).toHaveLength(route.auth === 'public' ? 0 : 1);
    }
  });
});

describe('the answer of a bulk call', () => {
  it('is read also where a newer server has learned another code', () => {
    const answer = { results: [{ database_id: 'd', status: 'failed', error: { code: 'NEWER_THAN_THIS', message: 'm', details: {} } }] };
    expect(bulkAnswerSchema.parse(answer)).toEqual(answer);
  });
});

describe('a serialisation schema', () => {
  it('chooses between a value and null by type', () => {
    const schema = JSON.stringify(serialisationSchema(databasePageSchema));
    expect(schema).toContain('"deleted_at":{"type":["string","null"]}');
    expect(schema).not.toContain('pattern');
  });
});
