// $cond, $ifNull, $switch. Source: the manual's page "Conditional Expression Operators".
import { BsonType } from '../../bson/types.js';
import { arrayValues, elements } from '../../bson/reader.js';
import { isTruthy } from '../../bson/truth.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import type { Expression } from '../expression.js';
import { isNullish, type CompileContext, type OperatorCompiler } from './compile-context.js';
import { derivedExpression } from './derive.js';
import { compileOperandList, compileOperands, typeNameOf } from './operands.js';

export const cond: OperatorCompiler = (argument, context, name) => {
  const [test, yes, no] = argument.type === BsonType.object ? namedBranches(argument, context) : listedBranches(name, argument, context);
  if (test.constant !== undefined) return isTruthy(test.constant) ? yes : no;
  return derivedExpression([test, yes, no], (scope) => (isTruthy(test.evaluate(scope)) ? yes : no).evaluate(scope));
};

type Branches = readonly [test: Expression, yes: Expression, no: Expression];

function listedBranches(name: string, argument: RawValue, context: CompileContext): Branches {
  return compileOperands(name, argument, context, 3, 3) as unknown as Branches;
}

function namedBranches(argument: RawValue, context: CompileContext): Branches {
  const branches = new Map<string, Expression>();
  for (const [field, value] of elements(argument)) {
    if (field !== 'if' && field !== 'then' && field !== 'else') {
      throw new CommandError(17083, `Unrecognized parameter to $cond: ${field}`);
    }
    branches.set(field, context.compile(value));
  }
  const branch = (field: string, code: number): Expression => {
    const found = branches.get(field);
    if (found === undefined) throw new CommandError(code, `Missing '${field}' parameter to $cond`);
    return found;
  };
  return [branch('if', 17080), branch('then', 17081), branch('else', 17082)];
}

export const ifNull: OperatorCompiler = (argument, context) => {
  const operands = compileOperandList(argument, context);
  if (operands.length < 2) {
    throw new CommandError(1257300, `$ifNull needs at least two arguments, had: ${operands.length}`);
  }
  return derivedExpression(operands, (scope) => {
    for (const operand of operands.slice(0, -1)) {
      const value = operand.evaluate(scope);
      if (!isNullish(value)) return value;
    }
    return operands.at(-1)!.evaluate(scope);
  });
};

interface Branch {
  readonly test: Expression;
  readonly result: Expression;
}

export const switchOperator: OperatorCompiler = (argument, context) => {
  if (argument.type !== BsonType.object) {
    throw new CommandError(40060, `$switch requires an object as an argument, found: ${typeNameOf(argument)}`);
  }
  let branches: readonly Branch[] = [];
  let fallback: Expression | undefined;
  for (const [field, value] of elements(argument)) {
    if (field === 'branches') branches = parseBranches(value, context);
    else if (field === 'default') fallback = context.compile(value);
    else throw new CommandError(40067, `$switch found an unknown argument: ${field}`);
  }
  if (branches.length === 0) throw new CommandError(40068, '$switch requires at least one branch.');
  const operands = branches.flatMap(({ test, result }) => [test, result]);
  return derivedExpression(fallback === undefined ? operands : [...operands, fallback], (scope) => {
    const branch = branches.find(({ test }) => isTruthy(test.evaluate(scope)));
    if (branch !== undefined) return branch.result.evaluate(scope);
    if (fallback === undefined) {
      throw new CommandError(40066, '$switch could not find a matching branch for an input, and no default was specified.');
    }
    return fallback.evaluate(scope);
  });
};

function parseBranches(value: RawValue, context: CompileContext): readonly Branch[] {
  if (value.type !== BsonType.array) {
    throw new CommandError(40061, `$switch expected an array for 'branches', found: ${typeNameOf(value)}`);
  }
  return arrayValues(value).map((item) => parseBranch(item, context));
}

function parseBranch(value: RawValue, context: CompileContext): Branch {
  if (value.type !== BsonType.object) {
    throw new CommandError(40062, `$switch expected each branch to be an object, found: ${typeNameOf(value)}`);
  }
  let test: Expression | undefined;
  let result: Expression | undefined;
  for (const [field, part] of elements(value)) {
    if (field === 'case') test = context.compile(part);
    else if (field === 'then') result = context.compile(part);
    else throw new CommandError(40063, `$switch found an unknown argument to a branch: ${field}`);
  }
  if (test === undefined) throw new CommandError(40064, "$switch requires each branch have a 'case' expression");
  if (result === undefined) throw new CommandError(40065, "$switch requires each branch have a 'then' expression.");
  return { test, result };
}
