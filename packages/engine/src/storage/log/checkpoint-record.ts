// Where recovery begins: a state of the data file that is on disk as a whole, and the frame of the log that goes on from it. Three
// places are written in turn: one holds the newest record, one may be on its way, and one is free for who cannot wait.
import { crc32 } from 'node:zlib';

const checkpointPlaceBytes = 4096;
const checkpointPlaces = 3;

const magic = 0x5043_4846;
const format = 1;
/** [magic u32][checksum u32][format u32][bytes of the state u32][number u64][frame u64][identity 16][state] */
const checkedFrom = 8;
const stateAt = 48;
const identityBytes = 16;

export interface Checkpoint {
  /** Ascending; the highest counts. */
  readonly number: number;
  /** The first frame of the log that the state may lack something of. */
  readonly frame: number;
  readonly identity: Buffer;
  /** See `readState`. */
  readonly state: Buffer;
}

export function encodeCheckpoint({ number, frame, identity, state }: Checkpoint): Buffer {
  const place = Buffer.alloc(checkpointPlaceBytes);
  place.writeUInt32LE(magic, 0);
  place.writeUInt32LE(format, 8);
  place.writeUInt32LE(state.length, 12);
  place.writeBigUInt64LE(BigInt(number), 16);
  place.writeBigUInt64LE(BigInt(frame), 24);
  identity.copy(place, 32, 0, identityBytes);
  state.copy(place, stateAt);
  place.writeUInt32LE(crc32(place.subarray(checkedFrom)), 4);
  return place;
}

/** Where the checkpoint of that number goes. */
export function placeOf(number: number): number {
  return (number % checkpointPlaces) * checkpointPlaceBytes;
}

/** The newest whole checkpoint of a file's bytes; undefined: there is none. */
export function newestCheckpoint(file: Buffer): Checkpoint | undefined {
  let newest: Checkpoint | undefined;
  for (let place = 0; place < checkpointPlaces; place += 1) {
    const found = decode(file.subarray(place * checkpointPlaceBytes, (place + 1) * checkpointPlaceBytes));
    if (found !== undefined && (newest === undefined || found.number > newest.number)) newest = found;
  }
  return newest;
}

function decode(place: Buffer): Checkpoint | undefined {
  if (place.length < checkpointPlaceBytes || place.readUInt32LE(0) !== magic || place.readUInt32LE(8) !== format) return undefined;
  if (crc32(place.subarray(checkedFrom)) !== place.readUInt32LE(4)) return undefined;
  return {
    number: Number(place.readBigUInt64LE(16)),
    frame: Number(place.readBigUInt64LE(24)),
    identity: Buffer.from(place.subarray(32, 32 + identityBytes)),
    state: Buffer.from(place.subarray(stateAt, stateAt + place.readUInt32LE(12))),
  };
}
