// How much is logged, by component, as MongoDB's `logComponentVerbosity` has it. Source: the manual's page "Log Messages", Components.
import { CommandError } from '../errors.js';

const inherited = -1;
const verbosityMax = 5;

/** The components whose events the engine has, and the first words of those. */
const componentsByWord: Readonly<Record<string, string>> = {
  authentication: 'accessControl', user: 'accessControl', role: 'accessControl', audit: 'accessControl',
  operation: 'command', connection: 'network', storage: 'storage', oplog: 'replication', ttl: 'index', index_build: 'index', engine: 'control', writes: 'storage',
};

const componentNames = ['accessControl', 'command', 'control', 'index', 'network', 'query', 'replication', 'storage', 'transaction', 'write'] as const;

/** Parts of components, which have their component's verbosity where nobody set theirs. */
const partsOf: Readonly<Partial<Record<string, readonly string[]>>> = {
  replication: ['election', 'heartbeats', 'initialSync', 'rollback'],
  storage: ['journal', 'recovery'],
};

/** As it is where nobody set anything. */
export const componentVerbosity: Readonly<Record<string, unknown>> = {
  verbosity: 0,
  ...Object.fromEntries(componentNames.map((name) => [name, { verbosity: inherited, ...Object.fromEntries((partsOf[name] ?? []).map((part) => [part, { verbosity: inherited }])) }])),
};

export function componentOf(event: string): string | undefined {
  return componentsByWord[event.split('.', 1)[0]!];
}

/** The verbosity of a component, its own or that of all. */
export function verbosityOf(settings: Readonly<Record<string, unknown>>, component: string | undefined, level: number): number {
  const own = component === undefined ? inherited : Number((settings[component] as { readonly verbosity?: unknown } | undefined)?.verbosity ?? inherited);
  return own === inherited ? Math.max(Number(settings['verbosity']), level) : own;
}

/** The settings with these changes. Throws BadValue (2) for what is no component or no verbosity. */
export function withVerbosity(settings: Readonly<Record<string, unknown>>, changes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return changed(settings, changes, '');
}

function changed(settings: Readonly<Record<string, unknown>>, changes: Readonly<Record<string, unknown>>, prefix: string): Readonly<Record<string, unknown>> {
  const result: Record<string, unknown> = { ...settings };
  for (const [name, value] of Object.entries(changes)) {
    if (name === 'verbosity') result[name] = checkVerbosity(`${prefix}${name}`, value);
    else if (!Object.hasOwn(settings, name)) throw new CommandError('BadValue', `Invalid component name ${prefix}${name}`);
    else result[name] = changed(settings[name] as Readonly<Record<string, unknown>>, (value ?? {}) as Readonly<Record<string, unknown>>, `${prefix}${name}.`);
  }
  return result;
}

function checkVerbosity(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= inherited && value <= verbosityMax) return value;
  throw new CommandError('BadValue', `Expected ${name} to be a number from ${inherited} to ${verbosityMax}`);
}
