import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../domain/secret.js';
import type { WebhookSender } from '../../ports/webhook-sender.js';
import { isPublicAddress } from './public-addresses.js';
import { signatures } from './signature.js';
import { createWebhookSender, type WebhookSenderOptions } from './webhook-sender.js';

const message = { id: 'e1', at: new Date(1_700_000_000_000), body: '{}', secrets: [new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')] };

/** A resolver for which every name stands for these addresses. */
function resolvingTo(...addresses: string[]): NonNullable<WebhookSenderOptions['lookup']> {
  return ((_name: string, _options: unknown, callback: (error: null, found: unknown) => void) =>
    callback(null, addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })))) as unknown as NonNullable<WebhookSenderOptions['lookup']>;
}

function sender(options: Partial<WebhookSenderOptions> = {}): WebhookSender {
  return createWebhookSender({ allowPrivate: false, userAgent: 'test', timeoutMs: 300, ...options });
}

describe('a signature', () => {
  it('is the one of the example in the specification of Standard Webhooks', () => {
    const body = '{"test": 2432232314}';
    expect(signatures(message.secrets, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, body)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });
});

describe('an address', () => {
  it.each(['127.0.0.1', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255', '::1', '::', 'fe80::1%eth0',
    'fc00::1', 'fd12::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '64:ff9b::7f00:1', '2002:7f00:1::', '2001:db8::1', 'ff02::1', 'localhost', ''])('%s is none of the public internet', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '172.32.0.1', '2606:4700:4700::1111'])('%s is one of the public internet', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ['http://example.org/', 'is not https://'], ['https://127.0.0.1/', 'is not a public address'], ['https://[::1]/', 'is not a public address'], ['https://2130706433/', 'is not a public address'],
    ['https://0x7f.1/', 'is not a public address'], ['https://localhost/', 'is not a public name'], ['https://db.internal/', 'is not a public name'], ['https://mongodb/', 'is not a public name'],
    ['ftp://example.org/', 'is neither https:// nor http://'], ['nonsense', 'is not a URL'],
  ])('%s is refused: %s', (url, reason) => {
    expect(sender().refusalOf(url)).toBe(reason);
  });

  it('of the public internet is not refused, nor is any where private ones are allowed', () => {
    expect(sender().refusalOf('https://example.org/hook')).toBeUndefined();
    expect(sender({ allowPrivate: true }).refusalOf('http://127.0.0.1:1/')).toBeUndefined();
  });
});

describe('a name', () => {
  it.each([['private', ['10.0.0.1']], ['loopback', ['::1']], ['one public and one private address', ['8.8.8.8', '127.0.0.1']]] as const)('that stands for %s when it is connected to is refused', async (_, addresses) => {
    expect(await sender({ lookup: resolvingTo(...addresses) }).send({ ...message, url: 'https://hooks.example.org/' })).toEqual({ status: null, error: 'ADDRESS_REFUSED', excerpt: null });
  });
});

describe('a receiver', () => {
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/silent') return;
      if (request.url === '/endless') {
        response.writeHead(500);
        const more = (): boolean => response.write('x'.repeat(8_192));
        response.on('drain', more);
        while (more());
        return;
      }
      if (request.url === '/moved') response.writeHead(302, { location: '/silent' }).end();
      else response.writeHead(400).end(`no\u0000\n${'x'.repeat(1_000)}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each([
    ['that says no is quoted shortly', '/', { status: 400, error: 'STATUS', excerpt: expect.stringMatching(/^no x{1,200}$/u) }],
    ['that redirects is not followed', '/moved', { status: 302, error: 'STATUS', excerpt: null }],
    ['that keeps silent is left', '/silent', { status: null, error: 'TIMEOUT', excerpt: null }],
    ['that does not end is cut off', '/endless', { status: 500, error: 'STATUS', excerpt: 'x'.repeat(200) }],
  ])('%s', async (_, path, answer) => {
    expect(await sender({ allowPrivate: true }).send({ ...message, url: `${url}${path}` })).toEqual(answer);
  });

  it('that is not there is told of by code', async () => {
    expect(await sender({ allowPrivate: true }).send({ ...message, url: 'http://127.0.0.1:1/' })).toEqual({ status: null, error: 'ECONNREFUSED', excerpt: null });
  });
});
