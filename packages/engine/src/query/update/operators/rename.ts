// `$rename`: moves a field to another path. In the tree it is two operators: one that takes the source away and one that puts
// its value at the destination; both look at the document as it was. Source: the manual's page "$rename".
import { CommandError } from '../../../errors.js';
import { compareValues } from '../../../bson/compare.js';
import type { RawValue } from '../../../bson/raw-value.js';
import { getField } from '../../../bson/reader.js';
import { BsonType } from '../../../bson/types.js';
import { exceedsDepth, maxStoredDepth, tooDeep } from '../depth.js';
import { describeElement, describeId, type FieldOperator } from '../field-operator.js';

/** The operator at the source. */
export const takeAway: FieldOperator = {
  change: () => undefined,
  create: () => undefined,
};

/** Checks the operand and returns the destination's path. */
export function renameDestination(source: string, operand: RawValue): string {
  const element = describeElement(source, operand);
  if (operand.type !== BsonType.string) {
    throw new CommandError('BadValue', `The 'to' field for $rename must be a string: ${element}`);
  }
  const destination = operand.string();
  if (destination.includes('\0')) {
    throw new CommandError('BadValue', "The 'to' field for $rename cannot contain an embedded null byte");
  }
  if (source === destination) {
    throw new CommandError('BadValue', `The source and target field for $rename must differ: ${element}`);
  }
  if (source.startsWith(`${destination}.`) || destination.startsWith(`${source}.`)) {
    throw new CommandError('BadValue', `The source and target field for $rename must not be on the same path: ${element}`);
  }
  for (const [role, path] of [['source', source], ['destination', destination]] as const) {
    if (path.split('.').some(isDynamic)) {
      throw new CommandError('BadValue', `The ${role} field for $rename may not be dynamic: ${path}`);
    }
  }
  return destination;
}

function isDynamic(part: string): boolean {
  return part === '$' || (part.startsWith('$[') && part.endsWith(']'));
}

/** The operator at the destination. */
export function putSource(source: string, destination: string): FieldOperator {
  const sourceParts = source.split('.');
  const destinationParts = destination.split('.');
  const moved = (root: RawValue): RawValue | undefined => {
    const value = sourceValue(root, sourceParts, source);
    if (value === undefined) return undefined;
    assertNoArrayAbove(root, destinationParts, 'destination', destination);
    if (exceedsDepth(value, maxStoredDepth - destinationParts.length)) throw tooDeep();
    return value;
  };
  return {
    create: (scope) => moved(scope.root),
    change: (current, scope) => {
      const value = moved(scope.root);
      return value === undefined || compareValues(value, current) === 0 ? current : value;
    },
  };
}

function sourceValue(root: RawValue, parts: readonly string[], path: string): RawValue | undefined {
  let current = root;
  for (const [position, part] of parts.entries()) {
    if (current.type !== BsonType.object && current.type !== BsonType.array) {
      const before = parts[position - 1] ?? '';
      const element = describeElement(before, current);
      throw new CommandError('PathNotViable', `cannot use the part (${before} of ${path}) to traverse the element ({${element}})`);
    }
    const next = getField(current, part);
    if (next === undefined) return undefined;
    current = next;
  }
  assertNoArrayAbove(root, parts, 'source', path);
  return current;
}

function assertNoArrayAbove(root: RawValue, parts: readonly string[], role: 'source' | 'destination', path: string): void {
  let current: RawValue | undefined = root;
  for (const part of parts.slice(0, -1)) {
    if (current.type !== BsonType.object && current.type !== BsonType.array) return;
    current = getField(current, part);
    if (current === undefined) return;
    if (current.type !== BsonType.array) continue;
    const words = `The ${role} field cannot be an array element, '${path}' in doc with ${describeId(root)}`;
    throw new CommandError('BadValue', `${words} has an array field called '${part}'`);
  }
}
