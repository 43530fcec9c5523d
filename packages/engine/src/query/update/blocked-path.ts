// What happens where a path leads through a value that can have no such field: a scalar, or an array under a name that is no
// index. Operators that would create something fail; the others do nothing.
import { CommandError } from '../../errors.js';
import type { RawValue } from '../../bson/raw-value.js';
import { describeElement, type Blocking, type UpdateScope } from './field-operator.js';
import { childrenFor, type NamedChild, type UpdateNode } from './update-tree.js';

/** Throws PathNotViable (28) where an operator under `child` would create a field below the value called `name`. */
export function refuseBlockedChild(child: NamedChild, name: string, value: RawValue, scope: UpdateScope): void {
  refuseNode(child.name, child.node, { name, value, part: child.name }, scope);
}

function refuseNode(name: string, node: UpdateNode, blocking: Blocking, scope: UpdateScope): void {
  scope.path.push(name);
  if (node.kind === 'array') throw missingArray(scope);
  if (node.kind === 'object') {
    for (const child of childrenFor(node, scope.arrayIndex, scope.path)) refuseNode(child.name, child.node, blocking, scope);
  } else {
    node.operator.refuseBlocked?.(scope, blocking);
    if (node.operator.create(scope) !== undefined) {
      const element = describeElement(blocking.name, blocking.value);
      throw new CommandError('PathNotViable', `Cannot create field '${blocking.part}' in element {${element}}`);
    }
  }
  scope.path.pop();
}

/** The error of `$[]` and `$[id]` on a path that does not exist. */
export function missingArray(scope: UpdateScope): CommandError {
  const path = scope.path.join('.');
  return new CommandError('BadValue', `The path '${path}' must exist in the document in order to apply array updates.`);
}
