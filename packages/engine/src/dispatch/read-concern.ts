// `readConcern` of a command. Everything that can be read is durable on the only member, so that all levels but `snapshot`
// read the same. Source: the manual's page "Read Concern".
import { elements } from '../bson/reader.js';
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { BsonType } from '../bson/types.js';
import { CommandError } from '../errors.js';

export type ReadConcernLevel = 'local' | 'available' | 'majority' | 'linearizable' | 'snapshot';

const levels: ReadonlySet<string> = new Set<ReadConcernLevel>(['local', 'available', 'majority', 'linearizable', 'snapshot']);
const transactionLevels: ReadonlySet<ReadConcernLevel> = new Set<ReadConcernLevel>(['local', 'majority', 'snapshot']);

export interface ReadConcern {
  readonly level: ReadConcernLevel | undefined;
  readonly atClusterTime: boolean;
}

export function parseReadConcern(document: RawDocument): ReadConcern {
  let level: ReadConcernLevel | undefined;
  let atClusterTime = false;
  for (const [name, value] of elements(documentValue(document))) {
    switch (name) {
      case 'level': {
        const text = value.type === BsonType.string ? value.string() : '';
        if (!levels.has(text)) throw new CommandError('BadValue', `Enumeration value '${text}' for field 'readConcern.level' is not a valid value.`);
        level = text as ReadConcernLevel;
        break;
      }
      case 'atClusterTime':
        atClusterTime = true;
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

/** Refuses what cannot be kept: a snapshot over several commands exists in transactions only. */
export function checkReadConcern(concern: ReadConcern, inTransaction: boolean): void {
  if (concern.atClusterTime) {
    throw new CommandError('InvalidOptions', 'readConcern.atClusterTime is not supported: snapshots of the past are not kept');
  }
  if (inTransaction && concern.level !== undefined && !transactionLevels.has(concern.level)) {
    throw new CommandError(
      'InvalidOptions',
      "The readConcern level must be either 'local' (default), 'majority' or 'snapshot' in order to run in a transaction",
    );
  }
  if (!inTransaction && concern.level === 'snapshot') {
    throw new CommandError('InvalidOptions', "readConcern level 'snapshot' is supported in multi-document transactions only");
  }
}
