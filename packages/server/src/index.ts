// The control plane's public face: read its settings, start it. Whoever only reads settings loads no more than those.
import type { Configuration } from './config/settings.js';
import type { PlatformOptions, RunningPlatform } from './main.js';

export { loadConfiguration, type ConfigurationSources } from './config/load-configuration.js';
export { settingEntries, settings, type Configuration, type Setting, type SettingName } from './config/settings.js';
export { StartupError, type StartupErrorCode } from './config/startup-error.js';
export { Secret } from './domain/secret.js';
export type { PlatformOptions, RunningPlatform } from './main.js';

/** See `startPlatform` in main.ts. */
export async function startPlatform(configuration: Configuration, options: PlatformOptions): Promise<RunningPlatform> {
  return (await import('./main.js')).startPlatform(configuration, options);
}
