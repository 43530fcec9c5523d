// Sends events over HTTP. The address that a name stands for is looked at when the connection is made, so that a name which points
// elsewhere the next moment leads nowhere; redirects are answers like any other, and not followed.
import { lookup } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { WebhookAnswer, WebhookMessage, WebhookSender } from '../../ports/webhook-sender.js';
import { isPublicAddress } from './public-addresses.js';
import { signatures } from './signature.js';

export interface WebhookSenderOptions {
  /** Lets events go to private networks and over plain HTTP: for tests, and where the platform and its users share a network. */
  readonly allowPrivate: boolean;
  /** What the request says it comes from. */
  readonly userAgent: string;
  /** For the whole exchange. Default 15 s. */
  readonly timeoutMs?: number;
  /** How names are looked up. Default: as the system does. */
  readonly lookup?: typeof lookup;
}

const excerptLength = 200;
/** Read of an answer at most; the rest is cut off. */
const longestAnswer = 16 * 1024;

class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED';
}

/** Looks a name up, and refuses it where any of its addresses is not public. */
function guardedLookup(resolve: typeof lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      // The list of all addresses is absent where there is an error, whatever the types say.
      const [first] = error === null ? addresses : [];
      if (error !== null) callback(error, '', 0);
      else if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) callback(new AddressRefused(), '', 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** The host of a URL as `net` knows it: IPv6 without its brackets. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/u, '$1');
}

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { allowPrivate, userAgent, timeoutMs = 15_000, lookup: resolve = lookup } = options;
  const connection = { keepAlive: true, maxSockets: 4, maxTotalSockets: 64, timeout: timeoutMs };
  const agents = { 'http:': new HttpAgent(connection), 'https:': new HttpsAgent(connection) };

  function refusalOf(url: string): string | undefined {
    if (!URL.canParse(url)) return 'is not a URL';
    const parsed = new URL(url);
    if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') return 'is neither https:// nor http://';
    if (allowPrivate) return undefined;
    if (parsed.protocol !== 'https:') return 'is not https://';
    const host = hostOf(parsed);
    if (isIP(host) !== 0) return isPublicAddress(host) ? undefined : 'is not a public address';
    return /(^|\.)(localhost|local|internal|localdomain|home\.arpa)\.?$/iu.test(host) || !host.includes('.') ? 'is not a public name' : undefined;
  }

  async function exchange({ url, id, at, body, secrets }: WebhookMessage, signal: AbortSignal): Promise<WebhookAnswer> {
    const parsed = new URL(url);
    const timestamp = Math.floor(at.getTime() / 1000);
    const headers = {
      'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'user-agent': userAgent,
      'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signatures(secrets, id, timestamp, body),
    };
    const isHttps = parsed.protocol === 'https:';
    const response = await new Promise<IncomingMessage>((accept, reject) => {
      const send = isHttps ? httpsRequest : httpRequest;
      const guard = allowPrivate ? {} : { lookup: guardedLookup(resolve) };
      send(parsed, { method: 'POST', headers, agent: agents[isHttps ? 'https:' : 'http:'], signal, ...guard }, accept).on('error', reject).end(body);
    });
    const text = await beginningOf(response);
    const status = response.statusCode ?? null;
    const isSuccess = status !== null && status >= 200 && status < 300;
    return { status, error: isSuccess ? null : 'STATUS', excerpt: isSuccess || text === '' ? null : text };
  }

  return {
    refusalOf,
    send: async (message) => {
      if (refusalOf(message.url) !== undefined) return { status: null, error: 'ADDRESS_REFUSED', excerpt: null };
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        return await exchange(message, signal);
      } catch (error) {
        return { status: null, error: signal.aborted ? 'TIMEOUT' : codeOf(error), excerpt: null };
      }
    },
    close: () => {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** Reads an answer to its end, so that its connection may be used again, or as far as it is worth. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    pieces.push(piece);
    length += piece.length;
    if (length > longestAnswer) break; // Ends the connection.
  }
  return Buffer.concat(pieces).toString('utf8').replace(/\p{Cc}+/gu, ' ').slice(0, excerptLength);
}

/** The code of a network error; its message may name addresses. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/u.test(code) ? code : 'FAILED';
}
