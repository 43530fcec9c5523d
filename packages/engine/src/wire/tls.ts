// What the port speaks: TLS, or TLS and plain text side by side. Source: the manual's "net.tls.mode".
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { TLSSocket, type TlsOptions as NodeTlsOptions } from 'node:tls';

/** PEM texts. With `certificateAuthority`, clients must show a certificate that it signed. */
export interface TlsOptions {
  readonly certificate: string;
  readonly privateKey: string;
  readonly certificateAuthority?: string;
  /** Whether clients may come without a certificate though there is an authority for them; one that is shown must still be signed by it. Default false. */
  readonly allowsNoCertificate?: boolean;
  /** Whether clients may speak plain text too, as with a mongod's `allowTLS` and `preferTLS`. Default false. */
  readonly allowsPlainText?: boolean;
  /** Where the texts come from: `rotateCertificates` reads them anew. */
  readonly files?: TlsFiles;
}

export interface TlsFiles {
  readonly certificate: string;
  readonly privateKey: string;
  readonly certificateAuthority?: string;
}

/** Reads the files. Throws where one cannot be read. */
export function readTlsFiles(files: TlsFiles): TlsOptions {
  const texts = { certificate: readFileSync(files.certificate, 'utf8'), privateKey: readFileSync(files.privateKey, 'utf8'), files };
  return files.certificateAuthority === undefined ? texts : { ...texts, certificateAuthority: readFileSync(files.certificateAuthority, 'utf8') };
}

export function tlsServerOptions({ certificate, privateKey, certificateAuthority, allowsNoCertificate }: TlsOptions): NodeTlsOptions {
  const base = { cert: certificate, key: privateKey, minVersion: 'TLSv1.2' as const };
  return certificateAuthority === undefined ? base : { ...base, ca: certificateAuthority, requestCert: true, rejectUnauthorized: allowsNoCertificate !== true };
}

/** Whether the peer has shown a certificate that our authority did not sign. */
export function showsForeignCertificate(socket: Socket): boolean {
  return socket instanceof TLSSocket && !socket.authorized && socket.getPeerX509Certificate() !== undefined;
}

/** The subject of the peer's certificate, as RFC 2253 writes it; undefined where it has shown none that our authority signed. */
export function certificateSubjectOf(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const subject = socket.getPeerX509Certificate()?.subject;
  return subject === undefined ? undefined : subject.split('\n').reverse().join(',');
}

/** So many bytes tell TLS from MongoDB's protocol. */
export const tellingBytes = 3;
const handshakeRecord = 0x16;
const majorVersion = 3;

/**
 * A TLS connection begins with a handshake record of version 3.1 or later. A MongoDB message begins with its length, lowest byte first:
 * the third byte of a first message, which is short, is 0. Source: RFC 8446, section 5.1.
 */
export function beginsTls(bytes: Buffer): boolean {
  return bytes[0] === handshakeRecord && bytes[1] === majorVersion && bytes[2] !== 0;
}
