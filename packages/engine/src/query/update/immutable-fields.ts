// Fields that an update must not change (`_id`), and names that it must not make.
import { CommandError } from '../../errors.js';
import { describeElement, type UpdateScope } from './field-operator.js';
import { getField } from '../../bson/reader.js';

/** Throws ImmutableField (66) where the path of a field that has just changed is `_id` or lies in it. */
export function assertMutable(path: readonly string[]): void {
  if (path[0] !== '_id') return;
  throw new CommandError('ImmutableField', `Performing an update on the path '${path.join('.')}' would modify the immutable field '_id'`);
}

/** As `assertMutable`, for a field that has just been created: `_id` itself may be, a field of an existing `_id` not. */
export function assertNotUnderId(scope: UpdateScope): void {
  if (scope.path[0] !== '_id' || scope.path.length === 1) return;
  const id = getField(scope.root, '_id');
  if (id === undefined) return;
  const element = describeElement('_id', id);
  throw new CommandError('ImmutableField', `Updating the path '_id' to ${element} would modify the immutable field '_id'`);
}

/** Throws DollarPrefixedFieldName (52) where an update has just written a top-level field such as `$a`. Inserts may. */
export function assertStorableName(scope: UpdateScope): void {
  const [name] = scope.path;
  if (scope.path.length === 1 && name!.charCodeAt(0) === 0x24 && !scope.isInsert) throw dollarPrefixed(name!);
}

/** The error of a top-level name that begins with `$`. */
export function dollarPrefixed(name: string): CommandError {
  const advice = 'Consider using an aggregation pipeline with $replaceWith.';
  const words = `The dollar ($) prefixed field '${name}' in '${name}' is not allowed in the context of an update's replacement document.`;
  return new CommandError('DollarPrefixedFieldName', `${words} ${advice}`);
}
