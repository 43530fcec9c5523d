// Views must not stand on themselves. Source: the manual's "Views", and GraphContainsCycle of the server.
import { CommandError } from '../../errors.js';
import type { ReadUnit } from '../../storage/units.js';
import { viewDefinition } from '../reads/views.js';

const maxDepth = 20;

/** Throws GraphContainsCycle (5) where `viewOn` leads back to `name`. */
export function checkViewCycle(unit: ReadUnit, database: string, name: string, viewOn: string): void {
  const visited = [`${database}.${name}`];
  let current = viewOn;
  for (let depth = 0; depth <= maxDepth; depth += 1) {
    visited.push(`${database}.${current}`);
    if (current === name) throw new CommandError('GraphContainsCycle', `View cycle detected: ${visited.join(' => ')}`);
    const entry = unit.collection(database, current);
    if (entry?.kind !== 'view') return;
    current = viewDefinition(entry).viewOn;
  }
  throw new CommandError('ViewDepthLimitExceeded', `View depth limit exceeded; maximum depth is ${maxDepth}`);
}
