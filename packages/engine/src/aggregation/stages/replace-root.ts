// $replaceRoot and $replaceWith. Source: the manual's pages of the same names.
import { BsonType } from '../../bson/types.js';
import { elements } from '../../bson/reader.js';
import { objectValue } from '../../bson/values.js';
import { documentValue, type RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeComputed } from '../describe-value.js';
import type { Expression } from '../expression.js';
import { documentScope } from '../expressions/compile-context.js';
import { compileExpression } from '../expressions/compile-expression.js';
import { typeNameOf } from '../expressions/operands.js';
import type { Stage } from '../stage.js';
import type { StageCompileContext } from './stage-compiler.js';
import { mappingStage } from './lazy.js';

export function compileReplaceRoot(specification: RawValue, context: StageCompileContext): Stage {
  if (specification.type !== BsonType.object) {
    throw new CommandError(40229, `expected an object as specification for $replaceRoot stage, got ${typeNameOf(specification)}`);
  }
  let newRoot: RawValue | undefined;
  for (const [field, value] of elements(specification)) {
    if (field !== 'newRoot') throw new CommandError('Location40415', `BSON field '$replaceRoot.${field}' is an unknown field.`);
    newRoot = value;
  }
  if (newRoot === undefined) {
    throw new CommandError('Location40414', "BSON field '$replaceRoot.newRoot' is missing but a required field");
  }
  return replacing('$replaceRoot', newRoot, context);
}

export function compileReplaceWith(specification: RawValue, context: StageCompileContext): Stage {
  return replacing('$replaceWith', specification, context);
}

function replacing(name: string, newRoot: RawValue, context: StageCompileContext): Stage {
  const expression = compileExpression(newRoot, context.environment);
  const role = name === '$replaceRoot' ? "'newRoot' expression " : "'replacement document' ";
  return mappingStage(name, (document) => {
    const root = documentValue(document);
    const result = expression.evaluate(documentScope(root));
    if (result?.type === BsonType.object) return result.document();
    throw new CommandError(
      40228,
      `${role} must evaluate to an object, but resulting value was: ${describeComputed(result)}. Type of resulting value: '${typeNameOf(result)}'. Input document: ${describeComputed(pruned(root, expression))}`,
    );
  });
}

/** The fields that the expression reads: what MongoDB has left of the document by then. */
function pruned(root: RawValue, { dependencies }: Expression): RawValue {
  if (dependencies === undefined) return root;
  const read = new Set(dependencies.map((path) => path.split('.', 1)[0]));
  return objectValue([...elements(root)].filter(([name]) => read.has(name)));
}
