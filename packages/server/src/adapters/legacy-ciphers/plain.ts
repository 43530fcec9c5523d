// No encryption at all: the text is the password.
import { Secret } from '../../domain/secret.js';

export function readPlain(text: string): Secret {
  return new Secret(text);
}
