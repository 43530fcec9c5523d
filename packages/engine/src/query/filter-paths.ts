// Which paths a filter reads: what is left of a document for it to be matched by.
import type { FilterNode } from './filter-node.js';

/** The paths that the filter's meaning depends on; undefined where that is not for paths alone to say. */
export function filterPaths(node: FilterNode): string[] | undefined {
  switch (node.kind) {
    case 'and':
    case 'or':
    case 'nor': {
      const paths = node.children.map(filterPaths);
      return paths.some((each) => each === undefined) ? undefined : paths.flatMap((each) => each ?? []);
    }
    case 'not':
      return filterPaths(node.child);
    case 'comparison':
    case 'in':
    case 'exists':
    case 'type':
    case 'regex':
      return [node.path];
    case 'always':
      return [];
    case 'elemMatch':
    case 'other':
      return undefined;
  }
}
