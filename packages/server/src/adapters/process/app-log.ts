// The log of one app: lines of JSON in a file with a bounded size, without the secrets the app was given.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { AppLogLine } from '../../ports/deployer.js';

/** A full file becomes `<file>.1`, which replaces the one before: at most twice this is kept for an app. */
const maxFileBytes = 4 * 1024 * 1024;
const maxLineLength = 8192;

const storedLine = z.object({ at: z.coerce.date(), stream: z.enum(['stdout', 'stderr', 'platform']), text: z.string() });

export class AppLog {
  private descriptor: number | undefined;
  private writtenBytes = 0;
  private secrets: readonly string[] = [];
  private readonly unfinished = { stdout: '', stderr: '' };

  constructor(
    private readonly path: string,
    private readonly now: () => Date,
  ) {}

  /** Texts that must not be seen in the log from now on, such as the connection URI and its password. */
  hide(secrets: readonly string[]): void {
    this.secrets = secrets.filter((secret) => secret !== '');
  }

  /** Takes a piece of output; whole lines are written, the rest waits for its end. */
  output(stream: 'stdout' | 'stderr', chunk: string): void {
    const lines = (this.unfinished[stream] + chunk).split('\n');
    this.unfinished[stream] = lines.pop() ?? '';
    for (const line of lines) this.write(stream, line);
    if (this.unfinished[stream].length > maxLineLength) this.flush(stream);
  }

  /** A line of the platform's own; output that was not ended by a newline comes before it. */
  note(text: string): void {
    this.flush('stdout');
    this.flush('stderr');
    this.write('platform', text);
  }

  /** The newest lines, oldest first. */
  newest(limit: number): AppLogLine[] {
    const current = readLines(this.path);
    const lines = current.length >= limit ? current : [...readLines(`${this.path}.1`), ...current];
    return lines.slice(-limit).flatMap((line) => {
      const parsed = storedLine.safeParse(parseJson(line));
      return parsed.success ? [parsed.data] : [];
    });
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }

  private flush(stream: 'stdout' | 'stderr'): void {
    const rest = this.unfinished[stream];
    this.unfinished[stream] = '';
    if (rest !== '') this.write(stream, rest);
  }

  private write(stream: AppLogLine['stream'], text: string): void {
    let shown = text.replace(/\r$/, '').slice(0, maxLineLength);
    for (const secret of this.secrets) shown = shown.replaceAll(secret, '[secret]');
    const line = `${JSON.stringify({ at: this.now().toISOString(), stream, text: shown })}\n`;
    if (this.writtenBytes + line.length > maxFileBytes) this.rotate();
    this.writtenBytes += writeSync(this.open(), line);
  }

  private open(): number {
    if (this.descriptor === undefined) {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      this.descriptor = openSync(this.path, 'a', 0o600);
      this.writtenBytes = statSync(this.path).size;
    }
    return this.descriptor;
  }

  private rotate(): void {
    this.close();
    if (existsSync(this.path)) renameSync(this.path, `${this.path}.1`);
    this.writtenBytes = 0;
  }
}

function readLines(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter((line) => line !== '') : [];
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // The last line of a file that a crash cut short.
    return undefined;
  }
}
