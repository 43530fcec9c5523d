// Sends e-mail over SMTP. Connections are kept for a while; what may go better later is told apart from what will not.
import { createTransport } from 'nodemailer';
import type { Secret } from '../../domain/secret.js';
import { PermanentFailure, TransientFailure } from '../../ports/failures.js';
import type { Mailer } from '../../ports/mailer.js';

export interface MailerOptions {
  /** `smtp://user:password@host:587` or `smtps://…:465`. */
  readonly url: Secret;
  /** `Freehold <freehold@example.org>`. */
  readonly from: string;
  /** For connecting, greeting and silence. Default 15 s. */
  readonly timeoutMs?: number;
}

interface SmtpError {
  readonly code?: unknown;
  readonly responseCode?: unknown;
}

export function createMailer({ url, from, timeoutMs = 15_000 }: MailerOptions): Mailer {
  const timeouts = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs };
  const transport = createTransport({ url: url.reveal(), pool: true, maxConnections: 2, disableFileAccess: true, disableUrlAccess: true, ...timeouts });
  return {
    send: async ({ to, subject, text, messageId }) => {
      try {
        // Said to be automatic (RFC 3834), so that nobody's absence answers it.
        await transport.sendMail({ from, to: { name: '', address: to }, subject, text, messageId: `<${messageId}>`, headers: { 'Auto-Submitted': 'auto-generated' } });
      } catch (error) {
        throw asFailure(error);
      }
    },
    close: () => transport.close(),
  };
}

/** An answer of 5xx to the mail itself is final (RFC 5321, section 4.2.1); that we may not log in can be mended. Messages may name users: they are not repeated. */
function asFailure(error: unknown): TransientFailure | PermanentFailure {
  const { code, responseCode } = error as SmtpError;
  const name = typeof code === 'string' ? code : 'ESMTP';
  const isFinal = typeof responseCode === 'number' && responseCode >= 500 && (name === 'EENVELOPE' || name === 'EMESSAGE');
  return isFinal ? new PermanentFailure(`SMTP_${responseCode}`, 'the mail was refused') : new TransientFailure(name, 'the mail was not taken');
}
