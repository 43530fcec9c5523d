// Composition root: the only file that builds everything.
import type { Configuration } from './config/settings.js';
import type { Secret } from './domain/secret.js';

export interface PlatformOptions {
  /** Folder of the built dashboard; without it there is none. */
  readonly dashboardDirectory?: string;
}

export interface RunningPlatform {
  /** Where the dashboard and the API are. */
  readonly url: string;
  /** Where the engine inside listens, without credentials; undefined with an external MongoDB. */
  readonly engineUri: string | undefined;
  /** The operator account that this first start made; its password, where it was made up. */
  readonly createdOperator: { readonly email: string; readonly password: Secret | undefined } | undefined;
  /** What an operator should know about this start, a sentence each. */
  readonly notices: readonly string[];
  /** Refuses new requests, lets running ones and running steps end, stops apps and the engine. */
  stop(): Promise<void>;
}

/** Starts the platform. Throws StartupError, which names the remedy. */
export async function startPlatform(configuration: Configuration, options: PlatformOptions): Promise<RunningPlatform> {
  throw new Error(`not composed yet: ${configuration.dataDirectory} ${options.dashboardDirectory ?? ''}`);
}
