// Sends e-mail.

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The same for every attempt at the same mail, so that mail systems can tell that it is one. */
  readonly messageId: string;
}

export interface Mailer {
  /** Throws TransientFailure where another attempt may help, PermanentFailure where not. */
  send(mail: Mail): Promise<void>;
  close(): void;
}
