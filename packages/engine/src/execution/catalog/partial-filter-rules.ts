// Which conditions the filter of a partial index may have. Source: the manual's "Partial Indexes", Restrictions.
import { CommandError } from '../../errors.js';
import type { FilterNode } from '../../query/filter-node.js';

function refuse(what: string): never {
  throw new CommandError('CannotCreateIndex', `Expression not supported in partial index: ${what}`);
}

/** Throws CannotCreateIndex (67) for conditions that MongoDB does not allow there. */
export function checkPartialFilter(node: FilterNode): void {
  switch (node.kind) {
    case 'and':
    case 'or':
      node.children.forEach(checkPartialFilter);
      return;
    case 'comparison':
    case 'in':
    case 'type':
    case 'always':
      return;
    case 'exists':
      if (!node.exists) refuse('$not');
      return;
    case 'not':
      return refuse('$not');
    case 'nor':
      return refuse('$nor');
    case 'regex':
      return refuse('$regex');
    case 'elemMatch':
      return refuse('$elemMatch');
    case 'other':
      return refuse(node.operator);
  }
}
