// What a local process needs to know to run an app; kept in the app's record as `spec`.
import { appSpecSchema, type AppSpec } from '@freehold/api';

export type ProcessSpec = AppSpec;

/** Parses the stored spec. Undefined: the app has no command yet. */
export function parseProcessSpec(spec: unknown): ProcessSpec | undefined {
  const result = appSpecSchema.safeParse(spec);
  return result.success ? result.data : undefined;
}

/**
 * The environment an app starts with: what any program needs of the machine's, the app's own variables, and the database.
 * Never the platform's own environment: that holds the master keys.
 */
export function processEnvironment(spec: ProcessSpec, connectionUri: string, platform: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const inherited: NodeJS.ProcessEnv = {};
  for (const name of ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']) {
    if (platform[name] !== undefined) inherited[name] = platform[name];
  }
  return {
    ...inherited,
    ...spec.env,
    ...(spec.port === undefined ? {} : { PORT: String(spec.port) }),
    MONGODB_URI: connectionUri,
  };
}
