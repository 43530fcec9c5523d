// $redact: keeps, prunes or descends into each document by what an expression says about it.
// Source: the manual's page "$redact (aggregation)".
import { BsonType } from '../../bson/types.js';
import { ElementReader } from '../../bson/reader.js';
import { DocumentWriter } from '../../bson/writer.js';
import { stringValue } from '../../bson/values.js';
import { documentValue, RawValue, type RawDocument } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeComputed } from '../describe-value.js';
import type { Expression } from '../expression.js';
import type { Value } from '../expressions/compile-context.js';
import { compileExpression } from '../expressions/compile-expression.js';
import type { Stage } from '../stage.js';
import { mappingStage } from './lazy.js';
import type { StageCompileContext } from './stage-compiler.js';

const decisions: ReadonlyMap<string, RawValue> = new Map([
  ['KEEP', stringValue('keep')],
  ['PRUNE', stringValue('prune')],
  ['DESCEND', stringValue('descend')],
]);

export function compileRedact(specification: RawValue, context: StageCompileContext): Stage {
  const expression = compileExpression(specification, context.environment, decisions.keys());
  return mappingStage('$redact', (document) => {
    const root = documentValue(document);
    return redacted(root, root, expression);
  });
}

/** The document without what is pruned, or undefined where it is pruned itself. */
function redacted(current: RawValue, root: RawValue, expression: Expression): RawDocument | undefined {
  switch (decisionOf(expression.evaluate({ root, current, variables: decisions }))) {
    case 'keep':
      return current.document();
    case 'prune':
      return undefined;
    case 'descend':
      return descended(current, root, expression);
  }
}

function decisionOf(value: Value): 'keep' | 'prune' | 'descend' {
  const text = value?.type === BsonType.string ? value.string() : undefined;
  if (text === 'keep' || text === 'prune' || text === 'descend') return text;
  throw new CommandError(17053, `$redact's expression should not return anything aside from the variables $$KEEP, $$DESCEND, and $$PRUNE, but returned ${describeComputed(value)}`);
}

function descended(parent: RawValue, root: RawValue, expression: Expression): RawDocument {
  const writer = new DocumentWriter(parent.end - parent.start + 16);
  const reader = ElementReader.of(parent);
  let index = 0;
  while (reader.next()) {
    const value = redactedValue(reader.value(), root, expression);
    if (value === undefined) continue;
    writer.append(parent.type === BsonType.array ? String(index) : reader.name(), value);
    index += 1;
  }
  return writer.finish();
}

/** Documents are asked about, arrays are gone through, everything else stays. */
function redactedValue(value: RawValue, root: RawValue, expression: Expression): RawValue | undefined {
  if (value.type === BsonType.object) {
    const document = redacted(value, root, expression);
    return document === undefined ? undefined : documentValue(document);
  }
  if (value.type !== BsonType.array) return value;
  const bytes = descended(value, root, expression);
  return new RawValue(BsonType.array, bytes, 0, bytes.length);
}
