import { describe, expect, it } from 'vitest';
import { serialisationSchema } from './json-schema.js';
import { openApiDocument } from './openapi.js';
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

  it('asks for a credential everywhere but on public calls', () => {
    for (const route of routeList) {
      const { security } = document.paths[route.path]![route.method.toLowerCase()] as { security: unknown[] };
      expect(security, route.name).toHaveLength(route.auth === 'public' ? 0 : 1);
    }
  });
});

describe('a serialisation schema', () => {
  it('chooses between a value and null by type', () => {
    const schema = JSON.stringify(serialisationSchema(databasePageSchema));
    expect(schema).toContain('"deleted_at":{"type":["string","null"]}');
    expect(schema).not.toContain('pattern');
  });
});
