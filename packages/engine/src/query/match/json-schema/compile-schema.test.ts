import { Decimal128, Double, Int32, Long, ObjectId } from 'bson';
import { describe, expect, it } from 'vitest';
import { documentValue } from '../../../bson/raw-value.js';
import { encodeDocument } from '../../../bson/values.js';
import { environmentOf } from '../../query-environment.fixture.js';
import { compileFilter } from '../compile-filter.js';

const matches = (schema: object, document: object): boolean =>
  compileFilter(encodeDocument({ $jsonSchema: schema }), environmentOf()).matches(documentValue(encodeDocument(document)));

/** A schema of the field `a`. */
const a = (schema: object): object => ({ properties: { a: schema } });

describe('$jsonSchema', () => {
  it.each<[schema: object, valid: object[], invalid: object[]]>([
    [{}, [{}, { a: 1 }], []],
    [{ bsonType: 'object', required: ['a', 'b'] }, [{ a: 1, b: null }], [{ a: 1 }]],
    [a({ bsonType: 'int' }), [{ a: new Int32(1) }, {}], [{ a: new Double(1.5) }, { a: Long.ONE }, { a: 'x' }]],
    [a({ bsonType: ['int', 'null'] }), [{ a: 1 }, { a: null }], [{ a: 'x' }, { a: [1] }]],
    [a({ bsonType: 'objectId' }), [{ a: new ObjectId() }], [{ a: 'x' }]],
    [a({ type: 'number' }), [{ a: 1 }, { a: Decimal128.fromString('1') }], [{ a: '1' }]],
    [a({ type: ['string', 'boolean'] }), [{ a: 'x' }, { a: true }], [{ a: 1 }]],
    [a({ enum: ['x', 1, { b: 1 }] }), [{ a: 'x' }, { a: Long.ONE }, { a: { b: 1 } }], [{ a: 'y' }, { a: ['x'] }]],
    [a({ minimum: 1, maximum: 3 }), [{ a: 1 }, { a: 3 }, { a: 'x' }], [{ a: 0 }, { a: 3.5 }]],
    [a({ minimum: 1, exclusiveMinimum: true }), [{ a: 2 }], [{ a: 1 }]],
    [a({ multipleOf: 0.5 }), [{ a: 1.5 }, { a: 'x' }], [{ a: 1.2 }]],
    [a({ minLength: 2, maxLength: 3 }), [{ a: 'ab' }, { a: 'äöü' }, { a: 1 }], [{ a: 'a' }, { a: 'abcd' }]],
    [a({ pattern: '^x' }), [{ a: 'xy' }, { a: 1 }], [{ a: 'yx' }]],
    [a({ minItems: 1, maxItems: 2 }), [{ a: [1] }, { a: 1 }], [{ a: [] }, { a: [1, 2, 3] }]],
    [a({ uniqueItems: true }), [{ a: [1, 2] }], [{ a: [1, new Double(1)] }]],
    [a({ uniqueItems: false }), [{ a: [1, 1] }], []],
    [a({ items: { bsonType: 'int' } }), [{ a: [1, 2] }, { a: [] }, { a: 'x' }], [{ a: [1, 'x'] }]],
    [a({ items: [{ bsonType: 'int' }, { bsonType: 'string' }] }), [{ a: [1, 'x', true] }, { a: [1] }], [{ a: ['x'] }]],
    [a({ items: [{ bsonType: 'int' }], additionalItems: false }), [{ a: [1] }], [{ a: [1, 2] }]],
    [a({ items: [{}], additionalItems: { bsonType: 'string' } }), [{ a: [1, 'x'] }], [{ a: [1, 2] }]],
    [a({ properties: { b: { type: 'string' } }, required: ['b'] }), [{ a: { b: 'x' } }, { a: 1 }], [{ a: {} }, { a: { b: 1 } }]],
    [{ properties: { a: {} }, additionalProperties: false }, [{ a: 1 }, {}], [{ a: 1, b: 2 }]],
    [{ properties: { a: {} }, additionalProperties: { bsonType: 'int' } }, [{ a: 'x', b: 2 }], [{ a: 'x', b: 'y' }]],
    [{ patternProperties: { '^n_': { bsonType: 'int' } }, additionalProperties: false }, [{ n_a: 1 }], [{ n_a: 'x' }, { m: 1 }]],
    [{ minProperties: 1, maxProperties: 2 }, [{ a: 1 }], [{}, { a: 1, b: 2, c: 3 }]],
    [{ dependencies: { a: ['b'] } }, [{ a: 1, b: 1 }, { c: 1 }], [{ a: 1 }]],
    [{ dependencies: { a: { required: ['b'] } } }, [{ a: 1, b: 1 }, {}], [{ a: 1 }]],
    [a({ allOf: [{ minimum: 1 }, { maximum: 2 }] }), [{ a: 1 }], [{ a: 3 }]],
    [a({ anyOf: [{ type: 'string' }, { minimum: 5 }] }), [{ a: 'x' }, { a: 5 }], [{ a: 1 }]],
    [a({ oneOf: [{ type: 'number' }, { enum: [1, 'x'] }] }), [{ a: 2 }, { a: 'x' }], [{ a: 1 }, { a: 'y' }]],
    [a({ not: { type: 'string' } }), [{ a: 1 }], [{ a: 'x' }]],
    [{ title: 'x', description: 'y' }, [{}], []],
  ])('%o', (schema, valid, invalid) => {
    for (const document of valid) expect(matches(schema, document), JSON.stringify(document)).toBe(true);
    for (const document of invalid) expect(matches(schema, document), JSON.stringify(document)).toBe(false);
  });

  it.each<[schema: object, code: number, message: string]>([
    [{ foo: 1 }, 9, 'Unknown $jsonSchema keyword: foo'],
    [{ $ref: 'x' }, 9, "$jsonSchema keyword '$ref' is not currently supported"],
    [{ type: 'integer' }, 9, "$jsonSchema type 'integer' is not currently supported."],
    [{ type: ['string', 'string'] }, 9, "$jsonSchema keyword 'type' has duplicate value: string"],
    [{ enum: [1, { a: 1 }, 1] }, 9, "$jsonSchema keyword 'enum' array cannot contain duplicate values."],
    [{ required: [] }, 9, "$jsonSchema keyword 'required' cannot be an empty array"],
    [{ required: ['a', 'a'] }, 9, "$jsonSchema keyword 'required' array cannot contain duplicate values"],
    [{ type: 'string', bsonType: 'int' }, 9, "Cannot specify both $jsonSchema keywords 'type' and 'bsonType'"],
    [{ minimum: 'x' }, 14, "$jsonSchema keyword 'minimum' must be a number"],
    [{ properties: 1 }, 14, "$jsonSchema keyword 'properties' must be an object"],
    [{ bsonType: 'foo' }, 2, 'Unknown type name alias: foo'],
  ])('%o is refused', (schema, code, message) => {
    expect(() => matches(schema, {})).toThrow(expect.objectContaining({ code, message }));
  });
});
