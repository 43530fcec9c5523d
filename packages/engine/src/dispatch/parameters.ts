// The server parameters: what `getParameter` shows, what `setParameter` and the start may change, and what each may be.
// Source: the manual's page "MongoDB Server Parameters".
import { CommandError } from '../errors.js';
import { componentVerbosity, withVerbosity } from './log-components.js';

export type ParameterValue = boolean | number | string | readonly string[] | Readonly<Record<string, unknown>>;

type Kind = 'boolean' | 'integer' | 'string' | 'strings' | 'document';

export interface ParameterDefinition {
  readonly kind: Kind;
  readonly default: ParameterValue;
  /** When it may be set: when the engine starts (`--set-parameter`), while it runs, or never. */
  readonly atStartup: boolean;
  readonly atRuntime: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly help: string;
}

const mebibyte = 1024 * 1024;
const anytime = { atStartup: true, atRuntime: true } as const;
const startupOnly = { atStartup: true, atRuntime: false } as const;
const shownOnly = { atStartup: false, atRuntime: false } as const;
const bytes = (help: string): ParameterDefinition => ({ kind: 'integer', default: 100 * mebibyte, min: 1, ...anytime, help });

/** Every parameter, by name. */
export const parameterDefinitions: Readonly<Record<string, ParameterDefinition>> = {
  allowDiskUseByDefault: { kind: 'boolean', default: true, ...anytime, help: 'Whether stages that hold too much go on in temporary files where the command does not say.' },
  authSchemaVersion: { kind: 'integer', default: 5, ...shownOnly, help: 'How users are stored.' },
  authenticationMechanisms: { kind: 'strings', default: ['MONGODB-X509', 'SCRAM-SHA-1', 'SCRAM-SHA-256'], ...startupOnly, help: 'How users may authenticate.' },
  clientCursorMonitorFrequencySecs: { kind: 'integer', default: 10, ...shownOnly, help: 'How often idle cursors are looked for.' },
  cursorTimeoutMillis: { kind: 'integer', default: 600_000, min: 1, ...anytime, help: 'How long an idle cursor lives.' },
  enableTestCommands: { kind: 'boolean', default: false, ...shownOnly, help: 'Whether `configureFailPoint` is there (`--test-commands`).' },
  featureCompatibilityVersion: { kind: 'document', default: { version: '8.0' }, ...shownOnly, help: 'The only version of features.' },
  internalDocumentSourceGroupMaxMemoryBytes: bytes('What a group may hold in memory.'),
  internalQueryMaxAddToSetBytes: bytes('What all sets of an `$addToSet` may hold.'),
  internalQueryMaxBlockingSortMemoryUsageBytes: bytes('What a sort may hold in memory.'),
  internalQueryMaxPushBytes: bytes('What all arrays of a `$push` may hold.'),
  localLogicalSessionTimeoutMinutes: { kind: 'integer', default: 30, ...shownOnly, help: 'How long an idle session lives.' },
  logComponentVerbosity: { kind: 'document', default: componentVerbosity, ...anytime, help: 'How much is logged, by component.' },
  logLevel: { kind: 'integer', default: 0, min: 0, max: 5, ...anytime, help: 'How much is logged of what has no verbosity of its own.' },
  maxBSONDepth: { kind: 'integer', default: 200, ...shownOnly, help: 'How deep documents may be nested.' },
  notablescan: { kind: 'boolean', default: false, ...shownOnly, help: 'Collections may be read without an index.' },
  quiet: { kind: 'boolean', default: false, ...anytime, help: 'Whether connections that come and go are not logged.' },
  requireApiVersion: { kind: 'boolean', default: false, ...anytime, help: 'Whether commands must name a version of the Stable API.' },
  scramIterationCount: { kind: 'integer', default: 10_000, min: 5000, ...anytime, help: 'Rounds of new SCRAM-SHA-1 credentials.' },
  scramSHA256IterationCount: { kind: 'integer', default: 15_000, min: 5000, ...anytime, help: 'Rounds of new SCRAM-SHA-256 credentials.' },
  transactionLifetimeLimitSeconds: { kind: 'integer', default: 60, min: 1, ...anytime, help: 'How long a transaction lives.' },
  ttlMonitorEnabled: { kind: 'boolean', default: true, ...anytime, help: 'Whether documents expire.' },
  ttlMonitorSleepSecs: { kind: 'integer', default: 60, min: 1, ...anytime, help: 'How often expired documents are removed.' },
};

export class ServerParameters {
  private readonly values = new Map<string, ParameterValue>();

  /** `given`: values of the start, as text. Throws an Error that names the parameter and what it may be. */
  constructor(given: Readonly<Record<string, string>> = {}, fixed: Readonly<Record<string, ParameterValue>> = {}) {
    for (const [name, definition] of Object.entries(parameterDefinitions)) this.values.set(name, fixed[name] ?? definition.default);
    for (const [name, text] of Object.entries(given)) this.setAtStartup(name, text);
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  get(name: string): ParameterValue | undefined {
    return this.values.get(name);
  }

  isOn(name: string): boolean {
    return this.values.get(name) === true;
  }

  number(name: string): number {
    return Number(this.values.get(name));
  }

  texts(name: string): readonly string[] {
    return this.values.get(name) as readonly string[];
  }

  all(): ReadonlyMap<string, ParameterValue> {
    return this.values;
  }

  /** Returns the value that it had. Throws InvalidOptions (72), IllegalOperation (20) or BadValue (2). */
  set(name: string, value: unknown): ParameterValue {
    const definition = definitionOf(name);
    if (definition === undefined) throw new CommandError('InvalidOptions', `attempted to set unrecognized parameter [${name}], use help:true to see options `);
    if (!definition.atRuntime) throw new CommandError('IllegalOperation', `not allowed to change [${name}] at runtime`);
    const was = this.values.get(name)!;
    this.values.set(name, checked(name, definition, value, was));
    return was;
  }

  private setAtStartup(name: string, text: string): void {
    const definition = definitionOf(name);
    if (definition?.atStartup !== true) throw new Error(`the parameter ${name} is ${definition === undefined ? 'unknown' : 'not one that is set'}: see the list in docs/engine.md`);
    const value = definition.kind === 'strings' ? text.split(',') : definition.kind === 'document' ? (JSON.parse(text) as unknown) : text;
    try {
      this.values.set(name, checked(name, definition, value, this.values.get(name)!));
    } catch (error) {
      throw new Error(`the parameter ${name} cannot be ${text}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

export function definitionOf(name: string): ParameterDefinition | undefined {
  return Object.hasOwn(parameterDefinitions, name) ? parameterDefinitions[name] : undefined;
}

function checked(name: string, definition: ParameterDefinition, value: unknown, was: ParameterValue): ParameterValue {
  switch (definition.kind) {
    case 'boolean':
      if (typeof value === 'boolean') return value;
      if (value === 'true' || value === 'false') return value === 'true';
      if (typeof value === 'number') return value !== 0;
      break;
    case 'integer': {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      if (typeof number === 'number' && Number.isFinite(number)) return bounded(name, definition, Math.trunc(number));
      break;
    }
    case 'string':
      if (typeof value === 'string') return value;
      break;
    case 'strings':
      if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
      break;
    case 'document':
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return withVerbosity(was as Readonly<Record<string, unknown>>, value as Readonly<Record<string, unknown>>);
      break;
  }
  throw new CommandError('BadValue', `Invalid value for parameter ${name}: expected ${definition.kind}`);
}

function bounded(name: string, { min = -Infinity, max = Infinity }: ParameterDefinition, value: number): number {
  if (value < min) throw new CommandError('BadValue', `Invalid value for parameter ${name}: ${value} is not greater than or equal to ${min}`);
  if (value > max) throw new CommandError('BadValue', `Invalid value for parameter ${name}: ${value} is not less than or equal to ${max}`);
  return value;
}
