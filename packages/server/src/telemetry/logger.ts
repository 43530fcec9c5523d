// The log: one JSON object a line, each an event of the table, without secrets.
import { pino, type DestinationStream } from 'pino';
import { logEvents, type LogEventName, type LogLevel } from './log-events.js';
import { scrub } from './scrub.js';

export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  event(name: LogEventName, fields?: LogFields): void;
  /** Whether events of this severity are written, for callers on a hot path. */
  writes(level: LogLevel): boolean;
  flush(): void;
}

export interface LoggerOptions {
  readonly level: LogLevel | 'silent';
  /** Default: standard output. */
  readonly destination?: DestinationStream;
  /** Goes with every event, such as the replica's name. */
  readonly base?: LogFields;
}

/** Builds the log. Everything that is written passes the scrubber, error messages and stacks included. */
export function createLogger({ level, destination, base = {} }: LoggerOptions): Logger {
  const log = pino(
    {
      level,
      base: { ...base },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'event',
      errorKey: 'error',
      serializers: { error: (error: unknown) => describeError(error) },
      hooks: { streamWrite: scrub },
    },
    destination ?? pino.destination({ dest: 1, sync: false }),
  );
  return {
    event: (name, fields = {}) => log[logEvents[name].level](fields, name),
    writes: (wanted) => log.isLevelEnabled(wanted),
    flush: () => log.flush(),
  };
}

const longestCauseChain = 5;

/** What helps to find a fault: not the documents that a driver's errors carry along. */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { readonly code?: unknown };
  return {
    type: error.name, message: error.message, stack: error.stack,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(error.cause === undefined || depth >= longestCauseChain ? {} : { cause: describeError(error.cause, depth + 1) }),
  };
}
