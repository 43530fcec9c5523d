// Certificates for tests, made here: an authority, and what it signs. Source: RFC 5280.
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import type { TlsOptions } from './tls.js';

export interface Issued {
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: string;
  readonly key: KeyObject;
  readonly subject: Subject;
}

/** Names in the order in which they stand in the certificate: `[['C', 'DE'], ['CN', 'app']]`. */
export type Subject = readonly (readonly [name: keyof typeof attributes, value: string])[];

const attributes = { CN: [0x55, 4, 3], O: [0x55, 4, 10], OU: [0x55, 4, 11], C: [0x55, 4, 6] } as const;
const ecdsaWithSha256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const basicConstraints = [0x55, 0x1d, 0x13];
const subjectAltName = [0x55, 0x1d, 0x11];

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts);
const objectId = (bytes: readonly number[]): Buffer => tagged(0x06, Buffer.from(bytes));
const time = (date: Date): Buffer => tagged(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/gu, '').slice(0, 14)}Z`));

function name(subject: Subject): Buffer {
  return sequence(...subject.map(([attribute, value]) => tagged(0x31, sequence(objectId(attributes[attribute]), tagged(0x0c, Buffer.from(value))))));
}

function extensions(isAuthority: boolean): Buffer {
  const constraints = sequence(objectId(basicConstraints), tagged(0x01, Buffer.from([0xff])), tagged(0x04, sequence(...(isAuthority ? [tagged(0x01, Buffer.from([0xff]))] : []))));
  const names = sequence(objectId(subjectAltName), tagged(0x04, sequence(tagged(0x82, Buffer.from('localhost')), tagged(0x87, Buffer.from([127, 0, 0, 1])))));
  return tagged(0xa3, sequence(constraints, names));
}

/** A certificate for a year around now, signed by the issuer or, without one, by itself as an authority. */
export function issue(subject: Subject, issuer?: Issued): Issued {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const half_ms = 180 * 86_400_000;
  const algorithm = sequence(objectId(ecdsaWithSha256));
  const serial = randomBytes(8);
  serial[0]! &= 0x7f;
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, Buffer.concat([Buffer.from([1]), serial])),
    algorithm,
    name(issuer?.subject ?? subject),
    sequence(time(new Date(Date.now() - half_ms)), time(new Date(Date.now() + half_ms))),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions(issuer === undefined),
  );
  const signature = sign('sha256', body, issuer?.key ?? privateKey);
  const certificate = sequence(body, algorithm, tagged(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString('base64').match(/.{1,64}/gu) ?? [];
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    key: privateKey,
    subject,
  };
}

/** What a server needs to speak TLS under a certificate that nobody else signed. */
export function selfSigned(): TlsOptions {
  const { certificate, privateKey } = issue([['CN', 'localhost']]);
  return { certificate, privateKey };
}
