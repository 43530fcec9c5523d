// The four messages of a SCRAM conversation as text. Source: RFC 5802, section 7.

export interface ClientFirst {
  readonly user: string;
  readonly clientNonce: string;
  /** The message without its gs2 header: part of what is signed. */
  readonly bare: string;
  readonly gs2Header: string;
}

export interface ClientFinal {
  readonly nonce: string;
  readonly channelBinding: string;
  readonly proof: Buffer;
  readonly withoutProof: string;
}

/** `n,,n=user,r=nonce`; undefined where it is anything else. Channel binding (`p=`) is not offered. */
export function parseClientFirst(message: string): ClientFirst | undefined {
  const match = /^(?<gs2Header>[ny],(?<authorization>a=[^,]*)?,)(?<bare>n=(?<name>[^,]*),r=(?<nonce>[\x21-\x2b\x2d-\x7e]+))$/u.exec(message);
  const { gs2Header, authorization, bare, name, nonce } = match?.groups ?? {};
  if (gs2Header === undefined || bare === undefined || name === undefined || nonce === undefined) return undefined;
  const user = decodeName(name);
  if (user === undefined) return undefined;
  if (authorization !== undefined && decodeName(authorization.slice(2)) !== user) return undefined;
  return { user, clientNonce: nonce, bare, gs2Header };
}

/** `c=biws,r=nonce,p=proof`. */
export function parseClientFinal(message: string): ClientFinal | undefined {
  const match = /^(?<withoutProof>c=(?<binding>[A-Za-z0-9+/=]+),r=(?<nonce>[^,]+)),p=(?<proof>[A-Za-z0-9+/=]+)$/u.exec(message);
  const { withoutProof, binding, nonce, proof } = match?.groups ?? {};
  if (withoutProof === undefined || binding === undefined || nonce === undefined || proof === undefined) return undefined;
  return { nonce, channelBinding: binding, proof: Buffer.from(proof, 'base64'), withoutProof };
}

/** `=2C` is a comma and `=3D` an equals sign; any other `=` is an error. */
function decodeName(name: string): string | undefined {
  if (/=(?!2C|3D)/u.test(name)) return undefined;
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=');
}
