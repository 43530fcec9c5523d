// `writeConcern` of a command. Every acknowledged write is durable on the set's only member, so that `majority`, `1` and
// `j: true` are one and the same; more members than there are can never acknowledge.
// Source: the manual's page "Write Concern".
import { elements } from '../bson/reader.js';
import { documentValue, type RawDocument, type RawValue } from '../bson/raw-value.js';
import { BsonType, bsonTypeName, isNumericType } from '../bson/types.js';
import { CommandError } from '../errors.js';

export interface WriteConcern {
  readonly w: number | string;
  readonly j: boolean | undefined;
  readonly wtimeout_ms: number;
}

/** `w` numbers beyond the largest set that MongoDB can have are an error of the request. */
const membersMax = 50;

/** Throws what is wrong with the document; `wtimeout` is in milliseconds. */
export function parseWriteConcern(document: RawDocument): WriteConcern {
  let w: number | string = 1;
  let j: boolean | undefined;
  let wtimeout_ms = 0;
  for (const [name, value] of elements(documentValue(document))) {
    if (name === 'w') w = parseW(value);
    else if (name === 'j' || name === 'fsync') j = parseFlag(name, value);
    else if (name === 'wtimeout' || name === 'wtimeoutMS') wtimeout_ms = value.number() ?? 0;
    else if (name !== 'provenance' && name !== 'getLastError') {
      throw new CommandError('Location40415', `BSON field 'writeConcern.${name}' is an unknown field.`);
    }
  }
  if (w === 0 && j === true) throw new CommandError('FailedToParse', 'w:0 and j:true cannot be used together');
  return { w, j, wtimeout_ms };
}

function parseW(value: RawValue): number | string {
  if (value.type === BsonType.string) return value.string();
  if (value.type === BsonType.null) return 1;
  const number = value.number();
  if (number === undefined) {
    throw new CommandError('FailedToParse', `w has to be a number, string, or object; found: ${bsonTypeName(value.type) ?? 'unknown'}`);
  }
  if (!Number.isInteger(number) || number < 0 || number > membersMax) {
    throw new CommandError('FailedToParse', 'w has to be a non-negative number and not greater than 50');
  }
  return number;
}

function parseFlag(name: string, value: RawValue): boolean {
  if (value.type === BsonType.bool) return value.boolean();
  if (isNumericType(value.type)) return value.number() !== 0;
  throw new CommandError('FailedToParse', `${name} must be numeric or a boolean value`);
}

/** What `writeConcernError` of a reply holds. */
export interface WriteConcernError {
  readonly code: number;
  readonly codeName: string;
  readonly errmsg: string;
  readonly errInfo: { readonly writeConcern: { readonly w: number | string; readonly wtimeout: number; readonly provenance: string } };
}

/** The error of a write concern that a set of one member cannot fulfil, or undefined. The write itself is kept. */
export function unfulfilled(concern: WriteConcern): WriteConcernError | undefined {
  const { w, wtimeout_ms } = concern;
  const errInfo = { writeConcern: { w, wtimeout: wtimeout_ms, provenance: 'clientSupplied' } };
  if (typeof w === 'number') {
    if (w <= 1) return undefined;
    return { code: 100, codeName: 'UnsatisfiableWriteConcern', errmsg: 'Not enough data-bearing nodes', errInfo };
  }
  if (w === 'majority') return undefined;
  const errmsg = `No write concern mode named '${w}' found in replica set configuration`;
  return { code: 79, codeName: 'UnknownReplWriteConcern', errmsg, errInfo };
}
