// The Stable API: `apiVersion`, `apiStrict`, `apiDeprecationErrors`. Source: the manual's page "Stable API".
import { arrayValues, ElementReader, getDocumentField } from '../bson/reader.js';
import type { RawDocument } from '../bson/raw-value.js';
import { BsonType } from '../bson/types.js';
import { CommandError } from '../errors.js';
import type { CommandDefinition } from './command.js';

export interface StableApiRequest {
  readonly version: string | undefined;
  readonly strict: boolean;
  /** Whether `apiStrict` or `apiDeprecationErrors` was given at all. */
  readonly hasOptions: boolean;
}

/** Fields of commands of version 1 that are no part of it. Source: the manual's page "Stable API", Command parameters. */
const unstableFields: Readonly<Record<string, ReadonlySet<string>>> = {
  find: new Set(['awaitData', 'max', 'min', 'noCursorTimeout', 'oplogReplay', 'returnKey', 'showRecordId', 'tailable', 'term']),
  create: new Set(['autoIndexId', 'capped', 'indexOptionDefaults', 'max', 'size', 'storageEngine']),
};

/** Stages that are no part of version 1. Source: the same page, Aggregation stages. */
const unstableStages: ReadonlySet<string> = new Set([
  '$currentOp', '$indexStats', '$listLocalSessions', '$listSessions', '$planCacheStats', '$search', '$searchMeta', '$vectorSearch', '$queryStats',
]);

function strictError(message: string): CommandError {
  return new CommandError('APIStrictError', message);
}

/** `apiStrict: true` refuses what of a command is no part of its version. */
function checkStrictArguments({ name }: CommandDefinition, body: RawDocument): void {
  const refused = unstableFields[name];
  const reader = new ElementReader(body);
  while (reader.next()) {
    if (refused?.has(reader.name()) === true) throw strictError(`BSON field '${name}.${reader.name()}' is not allowed with apiStrict:true.`);
  }
  const pipeline = name === 'aggregate' ? getDocumentField(body, 'pipeline') : undefined;
  for (const stage of pipeline?.type === BsonType.array ? arrayValues(pipeline) : []) {
    const fields = ElementReader.of(stage);
    if (stage.type !== BsonType.object || !fields.next() || !unstableStages.has(fields.name())) continue;
    throw strictError(`stage ${fields.name()} is not allowed with 'apiStrict: true' in API Version 1`);
  }
}

/** A client says hello before it knows what is asked of it. */
const helloNames: ReadonlySet<string> = new Set(['hello']);

/** `isRequired`: the parameter `requireApiVersion`. No command of version 1 is deprecated, so that `apiDeprecationErrors` has nothing to refuse. */
export function checkStableApi(request: StableApiRequest, command: CommandDefinition, body: RawDocument, isRequired = false): void {
  if (request.version === undefined) {
    if (isRequired && !helloNames.has(command.name)) throw new CommandError(498870, "The apiVersion parameter is required, please configure your MongoClient's API version");
    if (!request.hasOptions) return;
    throw new CommandError(4886600, 'Provided apiStrict and/or apiDeprecationErrors without passing apiVersion');
  }
  if (request.version !== '1') throw new CommandError('APIVersionError', 'API version must be "1"');
  if (!request.strict) return;
  if (command.stableApi !== true) {
    throw strictError(
      `Provided apiStrict:true, but the command ${command.name} is not in API Version 1. Information on supported commands and ` +
        'migrations in API Version 1 can be found at https://dochub.mongodb.org/core/manual-versioned-api',
    );
  }
  checkStrictArguments(command, body);
}
