// Starts the platform in this terminal: control plane, dashboard and, unless a MongoDB is configured, the engine inside.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { loadConfiguration, settingEntries, startPlatform, type RunningPlatform, type SettingName } from '@freehold/server';
import type { CommandContext, CommandDefinition, OptionValues } from '../command.js';

const settingsWithFlags = settingEntries().flatMap(([name, setting]) => (setting.flag === undefined ? [] : [name]));

/** Commander turns `--data-dir` into `dataDir`; settings have names of their own. */
function flagsOf(options: OptionValues): Partial<Record<SettingName, string>> {
  const flags: Partial<Record<SettingName, string>> = {};
  for (const [name, { flag }] of settingEntries()) {
    const value = flag === undefined ? undefined : options[flag.replace(/-(\w)/gu, (_, letter: string) => letter.toUpperCase())];
    if (typeof value === 'string') flags[name] = value;
  }
  return flags;
}

/** The built dashboard; undefined where it was not built. */
function dashboardDirectory(): string | undefined {
  const directory = join(dirname(createRequire(import.meta.url).resolve('@freehold/dashboard/package.json')), 'dist');
  return existsSync(directory) ? directory : undefined;
}

function announce(context: CommandContext, platform: RunningPlatform): void {
  const { url, engineUri, createdOperator, notices } = platform;
  if (context.isJson) {
    context.print(JSON.stringify({ event: 'ready', url, engine: engineUri ?? null, operator: createdOperator?.email ?? null, operator_password: createdOperator?.password?.reveal() ?? null, notices }));
    return;
  }
  for (const notice of notices) context.print(notice);
  if (createdOperator !== undefined) {
    context.print(`Operator account: ${createdOperator.email}`);
    if (createdOperator.password !== undefined) context.print(`Password:         ${createdOperator.password.reveal()}   (shown once: write it down)`);
  }
  if (engineUri !== undefined) context.print(`Engine:           ${engineUri}`);
  context.print(`Dashboard:        ${url}`);
  context.print('Freehold is ready. Ctrl-C stops it.');
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
async function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false;
    const onSignal = (): void => {
      if (isStopping) process.exit(130);
      isStopping = true;
      resolve();
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  });
}

export const up: CommandDefinition = {
  path: ['up'],
  summary: 'start the platform here',
  description: 'Starts the control plane, the dashboard and, unless FREEHOLD_MONGODB_URI names a MongoDB, the engine inside.',
  settings: settingsWithFlags,
  options: [{ flags: '--config <file>', description: 'settings as JSON; default: freehold.config.json, if it is there' }],
  examples: ['freehold up', 'FREEHOLD_DATA_DIR=/var/lib/freehold freehold up --host 0.0.0.0'],
  run: async (context, _positional, options) => {
    const configuration = loadConfiguration({
      environment: process.env,
      flags: flagsOf(options),
      file: typeof options['config'] === 'string' ? options['config'] : undefined,
    });
    const stopped = stopSignal();
    const dashboard = dashboardDirectory();
    const platform = await startPlatform(configuration, dashboard === undefined ? {} : { dashboardDirectory: dashboard });
    announce(context, platform);
    await stopped;
    if (!context.isJson) context.print('Stopping...');
    await platform.stop();
    return undefined;
  },
};
