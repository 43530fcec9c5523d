// binData as text and back, by the formats of $convert: base64, base64url, hex, utf8, uuid, auto.
// Source: the manual's page "$convert", "format".
import { binaryValue } from '../../bson/values.js';
import type { RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';

const binaryFormats = ['auto', 'base64', 'base64url', 'hex', 'utf8', 'uuid'] as const;
export type BinaryFormat = (typeof binaryFormats)[number];

export function isBinaryFormat(text: string): text is BinaryFormat {
  return (binaryFormats as readonly string[]).includes(text);
}

type Failure = (what: string, detail?: string) => CommandError;

const uuidSubtype = 4;
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function binaryText(value: RawValue, format: BinaryFormat | undefined, failure: Failure): string {
  const { subtype, data } = value.binary();
  if (format === undefined) throw new CommandError(4341115, "Format must be speficied when converting from 'binData' to 'string'");
  const isUuid = subtype === uuidSubtype && data.length === 16;
  switch (format === 'auto' ? (isUuid ? 'uuid' : 'base64') : format) {
    case 'base64':
      return data.toString('base64');
    case 'base64url':
      return data.toString('base64url');
    case 'hex':
      return data.toString('hex').toUpperCase();
    case 'utf8':
      return validText(data, failure);
    case 'uuid':
      if (!isUuid) throw failure('Failed to convert BinData to a UUID string', 'Input is not a valid UUID');
      return uuidText(data);
  }
}

function validText(data: Buffer, failure: Failure): string {
  const text = data.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(data)) throw failure('Failed to convert BinData to string', 'Invalid UTF-8');
  return text;
}

function uuidText(data: Buffer): string {
  const digits = data.toString('hex');
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join('-');
}

export function parseBinary(text: string, subtypeOf: () => number, format: BinaryFormat | undefined, failure: Failure): RawValue {
  if (format === undefined) throw new CommandError(4341115, "Format must be speficied when converting from 'string' to 'binData'");
  const subtype = subtypeOf();
  if ((format === 'uuid') !== (subtype === uuidSubtype)) {
    throw failure('Failed to convert string to BinData', `Only the UUID subtype (${uuidSubtype}) is allowed with the UUID format`);
  }
  const data = parseData(text, format);
  if (data === undefined) throw failure(`Input string '${text}' is not of the '${format}' format`);
  return binaryValue(data, subtype);
}

/** With or without padding; one character alone holds no byte. */
function isBase64Url(text: string): boolean {
  return /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}(?:==)?|[A-Za-z0-9_-]{3}=?)?$/.test(text);
}

/** The bytes that a text stands for; undefined where it is not of the format, which `auto` never is. */
function parseData(text: string, format: BinaryFormat): Buffer | undefined {
  switch (format) {
    case 'base64':
      return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text) ? Buffer.from(text, 'base64') : undefined;
    case 'base64url':
      return isBase64Url(text) ? Buffer.from(text, 'base64url') : undefined;
    case 'hex':
      return /^(?:[0-9A-Fa-f]{2})*$/.test(text) ? Buffer.from(text, 'hex') : undefined;
    case 'utf8':
      return Buffer.from(text, 'utf8');
    case 'uuid':
      return uuidPattern.test(text) ? Buffer.from(text.replaceAll('-', ''), 'hex') : undefined;
    case 'auto':
      return undefined;
  }
}
