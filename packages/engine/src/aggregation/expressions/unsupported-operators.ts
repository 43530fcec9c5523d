// Expression operators that MongoDB knows and this engine refuses, with the reason. docs/engine.md is generated from here.
import { errorCodes } from '../../errors.js';

export interface Refusal {
  readonly code: number;
  readonly message: string;
}

const notSupported = (name: string, reason: string): [string, Refusal] => [
  name,
  { code: errorCodes.CommandNotSupported, message: `${name} is not supported by this server: ${reason}` },
];

export const unsupportedOperators: ReadonlyMap<string, Refusal> = new Map([
  notSupported('$function', 'server-side JavaScript is switched off'),
  notSupported('$accumulator', 'server-side JavaScript is switched off'),
  notSupported('$where', 'server-side JavaScript is switched off'),
  notSupported('$meta', 'no text score, search score or other query metadata is kept'),
]);
