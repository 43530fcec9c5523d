// The OpenAPI 3.1 document, made from the route table.
import * as z from 'zod';
import { errorCatalogue, type ErrorCode } from './errors.js';
import { type JsonSchema, SchemaCollection } from './json-schema.js';
import { errorBodySchema } from './resources/error.js';
import { errorsOf, type Route, takesIdempotencyKey } from './route.js';
import { routeList } from './routes.js';

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: JsonSchema;
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>>; readonly securitySchemes: JsonSchema };
}

/** Describes every route of the table; `version` is the platform's. */
export function openApiDocument(version: string): OpenApiDocument {
  const schemas = new SchemaCollection();
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const route of routeList) (paths[route.path] ??= {})[route.method.toLowerCase()] = describeRoute(route, schemas);
  return {
    openapi: '3.1.0',
    info: { title: 'Freehold', version, description: 'Databases for your apps: made, handed out, rotated, backed up and taken away.', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: {
      schemas: schemas.components,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'A session token (from signing in) or an API token.' } },
    },
  };
}

function describeRoute(route: Route, schemas: SchemaCollection): JsonSchema {
  const scope = route.scope === null ? [] : [`An API token needs the scope \`${route.scope}\`.`];
  const operator = route.auth === 'operator' ? ['For operators alone.'] : [];
  return {
    operationId: route.name,
    tags: [route.name.split('.')[0]],
    summary: route.summary,
    description: [route.description, ...operator, ...scope].filter((part) => part !== '').join('\n\n'),
    security: route.auth === 'public' ? [] : [{ bearer: [] }],
    parameters: [...parametersOf(route, 'path', schemas), ...parametersOf(route, 'query', schemas), ...(takesIdempotencyKey(route) ? [idempotencyKey] : [])],
    ...requestBodyOf(route, schemas),
    responses: { ...answersOf(route, schemas), ...errorAnswersOf(route, schemas) },
  };
}

const idempotencyKey = {
  name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', minLength: 1, maxLength: 255 },
  description: 'Repeating a request with the same key has the effect and the answer of the first one, for 24 hours.',
};

/** What the path of a call names, by the code that is answered where there is no such thing. */
const subjects: Readonly<Partial<Record<ErrorCode, string>>> = {
  APP_NOT_FOUND: 'The id of the app',
  CLUSTER_NOT_FOUND: 'The id of the cluster; the one that holds the control database is `primary`',
  DATABASE_NOT_FOUND: 'The id of the database, as creating or listing it answered',
  DELIVERY_NOT_FOUND: 'The id of the webhook',
  LEGACY_RUN_NOT_FOUND: 'The id of the run, as starting it answered; what users brought about by their first change is in `first-use`',
  OPERATION_NOT_FOUND: 'The id of the operation: `operation_id` of an answer, of an event, or of an error\'s details',
  PLAN_NOT_FOUND: 'The name of the plan',
  RECONCILE_RUN_NOT_FOUND: 'The id of the run, as starting it answered',
  TOKEN_NOT_FOUND: 'The id of the token, as listing them answers; not its secret',
  USER_NOT_FOUND: 'The id of the user',
  WEBHOOK_NOT_FOUND: 'The id of the webhook',
};

/** What is sent is text; what it means is described: integers, truth values. Defaults make a parameter optional. */
function parametersOf(route: Route, place: 'path' | 'query', schemas: SchemaCollection): readonly JsonSchema[] {
  const schema = place === 'path' ? route.params : route.query;
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Readonly<Record<string, z.ZodType>>).map(([name, field]) => {
    const { description = place === 'path' ? subjects[route.notFound] : undefined, ...schemaOfField } = schemas.add(field, 'output');
    return {
      name, in: place, required: place === 'path' || !field.safeParse(undefined).success,
      ...(description === undefined ? {} : { description }), schema: schemaOfField,
    };
  });
}

function requestBodyOf(route: Route, schemas: SchemaCollection): JsonSchema {
  const isEmpty = route.body instanceof z.ZodObject && Object.keys(route.body.shape).length === 0;
  if (isEmpty) return {};
  return {
    requestBody: { required: !route.body.safeParse({}).success, content: { 'application/json': { schema: schemas.add(route.body, 'input') } } },
  };
}

function answersOf(route: Route, schemas: SchemaCollection): JsonSchema {
  const answers = Object.entries(route.responses).map(([status, response]) => {
    if (response === null) return [status, { description: 'Done' }];
    const content = typeof response === 'string' ? { [response]: { schema: { type: 'string' } } } : { 'application/json': { schema: schemas.add(response, 'output') } };
    return [status, { description: status === '503' ? 'Not ready' : 'Done', content }];
  });
  return Object.fromEntries(answers) as JsonSchema;
}

function errorAnswersOf(route: Route, schemas: SchemaCollection): JsonSchema {
  const codesByStatus = new Map<number, ErrorCode[]>();
  for (const code of errorsOf(route)) {
    const { status } = errorCatalogue[code];
    if (status in route.responses) continue;
    codesByStatus.set(status, [...(codesByStatus.get(status) ?? []), code]);
  }
  const schema = schemas.add(errorBodySchema, 'output');
  return Object.fromEntries(
    [...codesByStatus].map(([status, codes]) => [
      status, { description: codes.map((code) => `\`${code}\`: ${errorCatalogue[code].message}`).join('\n\n'), content: { 'application/json': { schema } } },
    ]),
  );
}
