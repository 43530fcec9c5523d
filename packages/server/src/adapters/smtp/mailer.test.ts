import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../domain/secret.js';
import { PermanentFailure, TransientFailure } from '../../ports/failures.js';
import type { Mailer } from '../../ports/mailer.js';
import { mailOf } from '../../services/event-mail.js';
import { createMailer } from './mailer.js';

const arrived: { readonly from: string; readonly to: readonly string[]; readonly text: string; readonly user: string }[] = [];
let server: SMTPServer;
let mailer: Mailer;
let port: number;

beforeAll(async () => {
  server = new SMTPServer({
    allowInsecureAuth: true, authOptional: false,
    onAuth: ({ username, password }, _session, callback) => {
      if (password !== 'a secret') callback(new Error('no'));
      else callback(null, { user: username ?? '' });
    },
    onRcptTo: ({ address }, _session, callback) => {
      const codes: Readonly<Record<string, number>> = { 'nobody@example.org': 550, 'busy@example.org': 451 };
      const responseCode = codes[address];
      callback(responseCode === undefined ? null : Object.assign(new Error('not today'), { responseCode }));
    },
    onData: (stream, session, callback) => {
      let text = '';
      stream.on('data', (piece) => { text += String(piece); }).on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        arrived.push({ from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address), text, user: String(session.user) });
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', () => resolve()); });
  port = (server.server.address() as AddressInfo).port;
  mailer = createMailer({ url: new Secret(`smtp://freehold:a%20secret@127.0.0.1:${port}?ignoreTLS=true`), from: 'Freehold <freehold@example.org>' });
});
afterAll(async () => {
  mailer.close();
  await new Promise<void>((resolve) => { server.close(resolve); });
});

const event = { id: 'e1', sequence: 1, type: 'quota.exceeded', at: '2026-01-01T00:00:00.000Z', operation_id: 'o1', data: { database_id: 'ab12cd34', size_mb: 12.5 } } as const;

describe('an e-mail', () => {
  it('arrives with its sender, its receiver, its id and its text', async () => {
    await mailer.send({ to: 'ada@example.org', messageId: 'e1-email@freehold', ...mailOf(event) });
    expect(arrived).toEqual([expect.objectContaining({ from: 'freehold@example.org', to: ['ada@example.org'], user: 'freehold' })]);
    for (const part of ['Subject: Freehold: quota exceeded', 'Message-ID: <e1-email@freehold>', 'Auto-Submitted: auto-generated', 'database id: ab12cd34', 'operation: o1']) expect(arrived[0]!.text).toContain(part);
  });

  it('to nobody is given up, and one that is not taken now is worth another attempt', async () => {
    const mail = { messageId: 'e2@freehold', ...mailOf(event) };
    await expect(mailer.send({ to: 'nobody@example.org', ...mail })).rejects.toBeInstanceOf(PermanentFailure);
    await expect(mailer.send({ to: 'busy@example.org', ...mail })).rejects.toBeInstanceOf(TransientFailure);
    const wrong = createMailer({ url: new Secret(`smtp://freehold:wrong@127.0.0.1:${port}?ignoreTLS=true`), from: 'freehold@example.org' });
    await expect(wrong.send({ to: 'ada@example.org', ...mail })).rejects.toBeInstanceOf(TransientFailure);
    wrong.close();
  });

  it('cannot be given further headers by what users name', () => {
    const { subject, text } = mailOf({ ...event, type: 'database.created', data: { database_id: 'x', name: 'a\r\nBcc: everybody@example.org', environment: 'development', cluster_id: 'c' } });
    expect(subject).toBe('Freehold: database created');
    expect(text).toContain('name: a Bcc: everybody@example.org\n');
  });
});
