// The audit log as a file of JSON lines that only its owner reads.
import { closeSync, openSync, renameSync, writeSync } from 'node:fs';
import type { AuditRecord, AuditSink } from './dispatch/audit.js';

const open = (path: string): number => openSync(path, 'a', 0o600);

/** Appends to the file. Throws where it cannot be opened; `onFailure` hears of records that could not be written. */
export class AuditFile implements AuditSink {
  private descriptor: number;

  constructor(
    private readonly path: string,
    private readonly onFailure: (reason: string) => void,
  ) {
    this.descriptor = open(path);
  }

  write(record: AuditRecord): void {
    try {
      writeSync(this.descriptor, `${JSON.stringify(record)}\n`);
    } catch (error) {
      this.onFailure(error instanceof Error ? error.message : String(error));
    }
  }

  rotate(): void {
    renameSync(this.path, `${this.path}.${new Date().toISOString().replace(/[:.]/gu, '-')}`);
    closeSync(this.descriptor);
    this.descriptor = open(this.path);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
