// $and, $or, $not. Source: the manual's page "Boolean Expression Operators".
import { booleanValue, falseValue, trueValue } from '../../bson/values.js';
import { isTruthy } from '../../bson/truth.js';
import type { OperatorCompiler } from './compile-context.js';
import { constantExpression, derivedExpression } from './derive.js';
import { compileOperandList, unary } from './operands.js';

/** Stops at the first operand that decides; a constant that decides makes the whole constant. */
function deciding(decisive: boolean): OperatorCompiler {
  return (argument, context) => {
    const operands = compileOperandList(argument, context);
    if (operands.some((operand) => operand.constant !== undefined && isTruthy(operand.constant) === decisive)) {
      return constantExpression(booleanValue(decisive));
    }
    const decided = decisive ? trueValue : falseValue;
    const undecided = decisive ? falseValue : trueValue;
    return derivedExpression(operands, (scope) => {
      for (const operand of operands) {
        if (isTruthy(operand.evaluate(scope)) === decisive) return decided;
      }
      return undecided;
    });
  };
}

export const and = deciding(false);
export const or = deciding(true);
export const not = unary((value) => booleanValue(!isTruthy(value)));
