// $jsonSchema: JSON Schema draft 4 as far as MongoDB has it. Source: the manual's "$jsonSchema".
import type { Collation } from '../../../bson/collation.js';
import type { RawValue } from '../../../bson/raw-value.js';
import { elements } from '../../../bson/reader.js';
import { BsonType } from '../../../bson/types.js';
import { CommandError } from '../../../errors.js';
import type { TopLevelOperator } from '../predicate.js';
import type { SchemaCompiler, SchemaKeyword, SchemaTest } from './keyword.js';
import { nestedKeywords } from './nested-keywords.js';
import { valueKeywords } from './value-keywords.js';

const keywords: ReadonlyMap<string, SchemaKeyword> = new Map(Object.entries({ ...valueKeywords, ...nestedKeywords }));

/** Keywords of draft 4 and of client-side encryption that are refused, the former as MongoDB refuses them. */
const unsupportedKeywords: ReadonlySet<string> = new Set(['$ref', '$schema', 'default', 'definitions', 'format', 'id', 'encrypt', 'encryptMetadata']);

function unknownKeyword(name: string): CommandError {
  if (unsupportedKeywords.has(name)) return new CommandError('FailedToParse', `$jsonSchema keyword '${name}' is not currently supported`);
  return new CommandError('FailedToParse', `Unknown $jsonSchema keyword: ${name}`);
}

/** The test that a schema means; every value passes `{}`. */
function compileSchema(schema: RawValue, collation: Collation | undefined): SchemaTest {
  const compiler: SchemaCompiler = {
    collation,
    compile: (nested, keyword) => {
      if (nested.type !== BsonType.object) throw new CommandError('TypeMismatch', `$jsonSchema keyword '${keyword}' must be an object`);
      return compileSchema(nested, collation);
    },
  };
  const tests: SchemaTest[] = [];
  for (const [name, operand] of elements(schema)) {
    const keyword = keywords.get(name);
    if (keyword === undefined) throw unknownKeyword(name);
    const test = keyword(operand, schema, compiler);
    if (test !== undefined) tests.push(test);
  }
  return (value) => tests.every((test) => test(value));
}

const jsonSchema: TopLevelOperator = (operand, { environment }) => {
  if (operand.type !== BsonType.object) throw new CommandError('TypeMismatch', '$jsonSchema must be an object');
  const test = compileSchema(operand, environment.collation);
  return {
    node: { kind: 'other', operator: '$jsonSchema', path: undefined, value: operand },
    matches: (document) => test(document),
  };
};

export const schemaOperators: Readonly<Record<string, TopLevelOperator>> = { $jsonSchema: jsonSchema };
