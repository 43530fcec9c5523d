// `readConcern` of a command. All levels but `snapshot` read the newest state; those that promise that it stays are answered when
// it is durable. Source: the manual's page "Read Concern".
import { elements } from '../bson/reader.js';
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { BsonType } from '../bson/types.js';
import { CommandError } from '../errors.js';

export type ReadConcernLevel = 'local' | 'available' | 'majority' | 'linearizable' | 'snapshot';

const levels: ReadonlySet<string> = new Set<ReadConcernLevel>(['local', 'available', 'majority', 'linearizable', 'snapshot']);
const transactionLevels: ReadonlySet<ReadConcernLevel> = new Set<ReadConcernLevel>(['local', 'majority', 'snapshot']);

export interface ReadConcern {
  readonly level: ReadConcernLevel | undefined;
  /** Seconds in the high 32 bits, a counter in the low ones. */
  readonly atClusterTime: bigint | undefined;
}

/** Throws BadValue (2) for an unknown level, and what else is wrong with the document. */
export function parseReadConcern(document: RawDocument): ReadConcern {
  let level: ReadConcernLevel | undefined;
  let atClusterTime: bigint | undefined;
  for (const [name, value] of elements(documentValue(document))) {
    switch (name) {
      case 'level': {
        const text = value.type === BsonType.string ? value.string() : '';
        if (!levels.has(text)) throw new CommandError('BadValue', `Enumeration value '${text}' for field 'readConcern.level' is not a valid value.`);
        level = text as ReadConcernLevel;
        break;
      }
      case 'atClusterTime':
        if (value.type !== BsonType.timestamp) throw new CommandError('TypeMismatch', "BSON field 'readConcern.atClusterTime' is the wrong type, expected type 'timestamp'");
        atClusterTime = value.uint64();
        break;
      // Reads always see every acknowledged write, so that they are causally consistent whatever time is asked for.
      case 'afterClusterTime':
      case 'afterOpTime':
      case 'allowTransactionTableSnapshot':
      case 'waitLastStableRecoveryTimestamp':
      case 'provenance':
        break;
      default:
        throw new CommandError('Location40415', `BSON field 'readConcern.${name}' is an unknown field.`);
    }
  }
  return { level, atClusterTime };
}

const lastingLevels: ReadonlySet<ReadConcernLevel | undefined> = new Set<ReadConcernLevel>(['majority', 'linearizable', 'snapshot']);

/** Whether what the command reads must not be lost after its answer, whatever becomes of the machine. */
export function readsWhatLasts(concern: ReadConcern | undefined): boolean {
  return concern !== undefined && lastingLevels.has(concern.level);
}

/** Commands that read a snapshot outside of transactions. Source: the manual's page "Read Concern "snapshot"". */
const snapshotCommands: ReadonlySet<string> = new Set(['find', 'aggregate', 'distinct', 'getMore']);

/** Throws InvalidOptions (72) for what MongoDB refuses, and for a transaction that is to begin in the past. */
export function checkReadConcern(concern: ReadConcern, commandName: string, inTransaction: boolean): void {
  const { level, atClusterTime } = concern;
  const refuse = (message: string): never => {
    throw new CommandError('InvalidOptions', message);
  };
  if (atClusterTime !== undefined && level !== 'snapshot') refuse("readConcern.atClusterTime is only supported with level 'snapshot'");
  if (inTransaction) {
    if (atClusterTime !== undefined) refuse('readConcern.atClusterTime is not supported in transactions: a transaction begins now');
    if (level !== undefined && !transactionLevels.has(level)) {
      refuse("The readConcern level must be either 'local' (default), 'majority' or 'snapshot' in order to run in a transaction");
    }
    return;
  }
  if (level === 'snapshot' && !snapshotCommands.has(commandName)) refuse(`${commandName} does not support readConcern level 'snapshot' outside of a transaction`);
}
