// Stages whose documents come from the server itself: statistics and operations. What they say is for the server to know.
// Source: the manual's pages "$collStats", "$indexStats", "$currentOp", "$planCacheStats".
import { BsonType } from '../../bson/types.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { typeNameOf } from '../expressions/operands.js';
import type { Stage } from '../stage.js';
import { streamStage } from './lazy.js';
import type { StageCompileContext } from './stage-compiler.js';

/** The code that MongoDB answers a specification with that is not an object. */
const notObjectCodes: Readonly<Record<string, number>> = { $collStats: 5447000, $indexStats: 28803, $currentOp: 9, $planCacheStats: 9 };

export function compileSource(specification: RawValue, _context: StageCompileContext, name: string): Stage {
  if (specification.type !== BsonType.object) {
    throw new CommandError(notObjectCodes[name] ?? 9, `${name} must take a nested object but found ${typeNameOf(specification)}`);
  }
  const document = specification.document();
  return streamStage(name, (_input, run) => run.sources.readSource(name, document));
}
