// The environment that a command's filters, updates and expressions are compiled with.
import { randomBytes } from 'node:crypto';
import { compileExpression } from '../aggregation/expressions/compile-expression.js';
import { parseCollation, type Collation } from '../bson/collation.js';
import { elements } from '../bson/reader.js';
import { documentValue, type RawDocument, type RawValue } from '../bson/raw-value.js';
import { emptyDocument } from '../bson/writer.js';
import type { CommandContext } from '../dispatch/context.js';
import { CommandError } from '../errors.js';
import { rebound, type GatheringLimits, type QueryEnvironment } from '../query/environment.js';
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

const noVariables: ReadonlyMap<string, RawValue> = new Map();

/** A class and no literal: V8 keeps a hidden class of its own for every literal with a getter, and all that it sees, for long. */
class CommandEnvironment implements QueryEnvironment {
  readonly now_ms: number;
  readonly variables = noVariables;
  readonly random = Math.random;
  readonly checkInterrupt: () => void;
  private given: bigint | undefined;

  constructor(
    private readonly context: CommandContext,
    readonly collation: Collation | undefined,
    readonly keepsEmptyTimestamps: boolean,
  ) {
    this.now_ms = context.services.clock.now_ms();
    this.checkInterrupt = () => context.services.operations.checkTurn(context.operation);
  }

  get gatheringLimits(): GatheringLimits {
    const { parameters } = this.context.services.server;
    return { pushBytes: parameters.number('internalQueryMaxPushBytes'), addToSetBytes: parameters.number('internalQueryMaxAddToSetBytes') };
  }

  /** A fresh one: it may be stored. Few commands ask for it. */
  get clusterTime(): bigint {
    this.given ??= this.context.services.logicalClock.next();
    return this.given;
  }

  newObjectId(): Buffer {
    return objectIdAt(this.now_ms);
  }
}

/** The environment of a command that has these options, on this collection or view, whose collation it has where it names none. */
export function environmentOf(context: CommandContext, options: EnvironmentOptions = {}, namespace?: CollatedNamespace): QueryEnvironment {
  const environment = new CommandEnvironment(context, collationOf(context, options.collation, namespace), options.bypassEmptyTsReplacement === true);
  return options.let === undefined ? environment : rebound(environment, evaluateLet(options.let, environment));
}
