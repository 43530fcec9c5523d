// Signatures as Standard Webhooks defines them (https://github.com/standard-webhooks/standard-webhooks, "Signature scheme"):
// HMAC-SHA256 over `id.timestamp.body` with the bytes that the base64 after `whsec_` stands for.
import { createHmac } from 'node:crypto';
import type { Secret } from '../../domain/secret.js';

const prefix = 'whsec_';

/** The value of `webhook-signature`: one `v1` signature by each secret, so that receivers may change theirs one after the other. */
export function signatures(secrets: readonly Secret[], id: string, timestampSeconds: number, body: string): string {
  return secrets.map((secret) => {
    const key = Buffer.from(secret.reveal().slice(prefix.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`).digest('base64')}`;
  }).join(' ');
}
