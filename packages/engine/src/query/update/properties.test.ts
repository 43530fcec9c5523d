// Laws of updates over arbitrary documents: what an update does not name stays the same bytes, setting twice is setting once,
// and the order of operators does not matter where their paths differ.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { elements, getDocumentField } from '../../bson/reader.js';
import { arbitraryValue } from '../../bson/arbitrary-values.fixture.js';
import { documentOf, int32Value, objectValue } from '../../bson/values.js';
import { isIdentical } from '../../bson/compare.js';
import { compileUpdate } from './compile-update.js';
import { testEnvironment } from './update.fixture.js';

const fieldName = fc.constantFrom('a', 'b', 'c', '0', '1', 'é', 'a b');

const arbitraryDocument: fc.Arbitrary<RawDocument> = fc
  .uniqueArray(fc.tuple(fieldName, arbitraryValue), { selector: ([name]) => name, maxLength: 6 })
  .map((fields) => documentOf([['_id', int32Value(1)], ...fields]));

function update(document: RawDocument, operators: readonly (readonly [operator: string, path: string, operand: RawValue])[]): RawDocument {
  const fields = operators.map(([operator, path, operand]) => [operator, objectValue([[path, operand]])] as const);
  const compiled = compileUpdate(objectValue(fields), {}, testEnvironment);
  return compiled.apply({ document: documentValue(document), arrayIndex: undefined, isInsert: false }) ?? document;
}

describe('updates of arbitrary documents', () => {
  it('leave every other field the same bytes in the same order', () => {
    fc.assert(
      fc.property(arbitraryDocument, fieldName, arbitraryValue, (document, name, value) => {
        const others = (of: RawDocument): string[] =>
          [...elements(documentValue(of))].filter(([other]) => other !== name).map(([other, { type, bytes, start, end }]) => `${other} ${type} ${bytes.toString('hex', start, end)}`);
        expect(others(update(document, [['$set', name, value]]))).toEqual(others(document));
      }),
    );
  });

  it('set exactly the value that was given', () => {
    fc.assert(
      fc.property(arbitraryDocument, fieldName, arbitraryValue, (document, name, value) => {
        expect(isIdentical(getDocumentField(update(document, [['$set', name, value]]), name)!, value)).toBe(true);
      }),
    );
  });

  it.each(['$set', '$min', '$max', '$unset'] as const)('%s twice does what it does once', (operator) => {
    fc.assert(
      fc.property(arbitraryDocument, fieldName, arbitraryValue, (document, name, value) => {
        const once = update(document, [[operator, name, value]]);
        expect(update(once, [[operator, name, value]]).equals(once)).toBe(true);
      }),
    );
  });

  it('do not depend on the order of operators on different paths', () => {
    fc.assert(
      fc.property(arbitraryDocument, arbitraryValue, arbitraryValue, (document, first, second) => {
        const forwards = update(document, [['$set', 'x', first], ['$max', 'w', second], ['$unset', 'a', first]]);
        const backwards = update(document, [['$unset', 'a', first], ['$max', 'w', second], ['$set', 'x', first]]);
        expect(forwards.equals(backwards)).toBe(true);
      }),
    );
  });

  it('set and then unset a new field give the document back', () => {
    fc.assert(
      fc.property(arbitraryDocument, arbitraryValue, (document, value) => {
        const added = update(document, [['$set', 'new', value]]);
        expect(update(added, [['$unset', 'new', value]]).equals(document)).toBe(true);
      }),
    );
  });
});
