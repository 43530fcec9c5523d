// The environment that a command's filters, updates and expressions are compiled with.
import { randomBytes } from 'node:crypto';
import { compileExpression } from '../aggregation/expressions/compile-expression.js';
import { parseCollation, type Collation } from '../bson/collation.js';
import { elements } from '../bson/reader.js';
import { documentValue, type RawDocument, type RawValue } from '../bson/raw-value.js';
import { emptyDocument } from '../bson/writer.js';
import type { CommandContext } from '../dispatch/context.js';
import { CommandError } from '../errors.js';
import type { QueryEnvironment } from '../query/environment.js';
import { effectiveCollation, type CollatedNamespace } from './default-collation.js';

const machineBytes = randomBytes(5);
let counter = randomBytes(3).readUIntBE(0, 3);

/** 12 bytes as the ObjectId specification lays them out: seconds, five random bytes of this process, a counter. */
function objectIdAt(now_ms: number): Buffer {
  const bytes = Buffer.allocUnsafe(12);
  bytes.writeUInt32BE(Math.floor(now_ms / 1000) >>> 0, 0);
  machineBytes.copy(bytes, 4);
  counter = (counter + 1) & 0xffffff;
  bytes.writeUIntBE(counter, 9, 3);
  return bytes;
}

/** For what does not depend on a command: filters of partial indexes, of the catalog. */
export const constantEnvironment: QueryEnvironment = {
  now_ms: 0,
  clusterTime: 0n,
  variables: new Map(),
  collation: undefined,
  newObjectId: () => objectIdAt(0),
  random: () => 0,
};

export interface EnvironmentOptions {
  readonly collation?: RawDocument | undefined;
  readonly let?: RawDocument | undefined;
  readonly bypassEmptyTsReplacement?: boolean | undefined;
}

/** Evaluates a `let` document: constant expressions by name. */
function evaluateLet(variables: RawDocument, environment: QueryEnvironment): ReadonlyMap<string, RawValue> {
  const root = documentValue(emptyDocument);
  const evaluated = new Map<string, RawValue>();
  for (const [name, value] of elements(documentValue(variables))) {
    if (!/^[a-z\u0080-\uffff]/.test(name)) {
      throw new CommandError('FailedToParse', `'${name}' starts with an invalid character for a user variable name`);
    }
    const result = compileExpression(value, environment).evaluate({ root, current: root, variables: new Map() });
    if (result !== undefined) evaluated.set(name, result);
  }
  return evaluated;
}

function collationOf(context: CommandContext, given: RawDocument | undefined, namespace: CollatedNamespace | undefined): Collation | undefined {
  if (namespace !== undefined) return effectiveCollation(context, given, namespace);
  return given === undefined ? undefined : parseCollation(given);
}

/** The environment of a command that has these options, on this collection or view, whose collation it has where it names none. */
export function environmentOf(context: CommandContext, options: EnvironmentOptions = {}, namespace?: CollatedNamespace): QueryEnvironment {
  const now_ms = context.services.clock.now_ms();
  const collation = collationOf(context, options.collation, namespace);
  let clusterTime: bigint | undefined;
  const environment: QueryEnvironment = {
    now_ms,
    // A fresh one: it may be stored. Few commands ask for it.
    get clusterTime() {
      clusterTime ??= context.services.logicalClock.next();
      return clusterTime;
    },
    variables: new Map(),
    keepsEmptyTimestamps: options.bypassEmptyTsReplacement === true,
    collation,
    newObjectId: () => objectIdAt(now_ms),
    random: Math.random,
    checkInterrupt: () => context.services.operations.checkTurn(context.operation),
  };
  return options.let === undefined ? environment : { ...environment, variables: evaluateLet(options.let, environment) };
}
