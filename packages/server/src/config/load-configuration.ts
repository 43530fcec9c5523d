// Reads the settings: flags win over the environment, the environment over the configuration file, that over the defaults.
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { StartupError } from './startup-error.js';
import { settingEntries, settings, type Configuration, type SettingName } from './settings.js';

const defaultConfigurationFile = 'freehold.config.json';

export interface ConfigurationSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Values of the command line by setting. */
  readonly flags?: Readonly<Partial<Record<SettingName, string>>>;
  /** A JSON file of settings by their names here (`port`, `dataDirectory`, ...); default `freehold.config.json` if it exists. */
  readonly file?: string | undefined;
}

function readConfigurationFile(file: string | undefined): Readonly<Record<string, unknown>> {
  const path = file ?? (existsSync(defaultConfigurationFile) ? defaultConfigurationFile : undefined);
  if (path === undefined) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new StartupError('CONFIGURATION_UNREADABLE', `The configuration file ${path} cannot be read: ${(error as Error).message}`, 'Mend the file, or name another with --config.');
  }
  const result = z.record(z.string(), z.unknown()).safeParse(parsed);
  if (!result.success) throw new StartupError('CONFIGURATION_INVALID', `The configuration file ${path} does not hold a JSON object.`, 'Write the settings as {"port": 8420, ...}.');
  for (const name of Object.keys(result.data)) {
    if (!Object.hasOwn(settings, name)) {
      throw new StartupError('CONFIGURATION_INVALID', `The configuration file ${path} has an unknown setting '${name}'.`, `Known settings: ${Object.keys(settings).join(', ')}.`);
    }
  }
  return result.data;
}

/** Parses all settings. Throws StartupError that names the first setting that is wrong, without its value where it is a secret. */
export function loadConfiguration(sources: ConfigurationSources): Configuration {
  const fromFile = readConfigurationFile(sources.file);
  const parsed: Partial<Record<SettingName, unknown>> = {};
  for (const [name, setting] of settingEntries()) {
    const fromEnvironment = sources.environment[setting.environment];
    // An empty variable counts as unset: that is how compose files and shells leave one out.
    const value = sources.flags?.[name] ?? (fromEnvironment === '' ? undefined : fromEnvironment) ?? fromFile[name] ?? setting.defaultValue;
    if (value === undefined) continue;
    const result = setting.schema.safeParse(value);
    if (!result.success) {
      const shown = setting.isSecret === true ? '' : ` (${JSON.stringify(value)})`;
      throw new StartupError('CONFIGURATION_INVALID', `${setting.environment}${shown} is not valid: ${result.error.issues[0]?.message ?? 'wrong value'}`, setting.help);
    }
    parsed[name] = result.data;
  }
  return parsed as Configuration;
}
