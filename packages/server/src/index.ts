// The control plane's public face: read its settings, start it.
export { loadConfiguration, type ConfigurationSources } from './config/load-configuration.js';
export { settingEntries, settings, type Configuration, type Setting, type SettingName } from './config/settings.js';
export { StartupError, type StartupErrorCode } from './config/startup-error.js';
export { Secret } from './domain/secret.js';
export { startPlatform, type PlatformOptions, type RunningPlatform } from './main.js';
