// The engine's log: structured events to whoever listens, and the latest ones kept for `getLog`. Events never hold secrets.
import type { EngineClock } from './clock.js';
import { componentOf, verbosityOf } from './log-components.js';
import type { ServerParameters } from './parameters.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogEvent {
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** As many as `getLog: "global"` of a mongod returns. */
const keptEventsMax = 1024;

const severityOf: Record<LogLevel, string> = { debug: 'D1', info: 'I', warn: 'W', error: 'E' };

export class EngineLog {
  private readonly kept: string[] = [];
  private total = 0;
  private parameters: ServerParameters | undefined;

  constructor(
    private readonly clock: EngineClock,
    private readonly listener: ((event: LogEvent) => void) | undefined,
  ) {}

  /** From now on the parameters `logLevel` and `logComponentVerbosity` say which of the finer events are kept and told too. */
  follow(parameters: ServerParameters): void {
    this.parameters = parameters;
  }

  /** How much is logged of events like this one. */
  verbosity(event: string): number {
    const { parameters } = this;
    if (parameters === undefined) return 0;
    return verbosityOf(parameters.get('logComponentVerbosity') as Readonly<Record<string, unknown>>, componentOf(event), parameters.number('logLevel'));
  }

  write(level: LogLevel, event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const isWanted = level !== 'debug' || this.verbosity(event) > 0;
    this.listener?.({ level: isWanted && level === 'debug' ? 'info' : level, event, fields });
    if (!isWanted) return;
    this.total += 1;
    const time = new Date(this.clock.now_ms()).toISOString();
    this.kept.push(JSON.stringify({ t: { $date: time }, s: severityOf[level], c: (componentOf(event) ?? '-').toUpperCase(), ctx: 'engine', msg: event, attr: fields }));
    if (this.kept.length > keptEventsMax) this.kept.shift();
  }

  /** The latest events, oldest first, each a line of JSON, and how many there were in all. */
  latest(): { readonly lines: readonly string[]; readonly total: number } {
    return { lines: this.kept, total: this.total };
  }
}
