// Checks this machine, the configuration and the platform, and says what to do about what it finds.
import { loadConfiguration } from '@freehold/server';
import type { CommandDefinition } from '../command.js';
import { checks } from '../doctor/checks.js';
import { table } from '../present.js';

const signs = { ok: 'ok', warning: 'warning', failed: 'FAILED' } as const;

export const doctor: CommandDefinition = {
  path: ['doctor'],
  summary: 'check this machine, the configuration and the platform',
  run: async (context) => {
    const configuration = loadConfiguration({ environment: process.env });
    const token = process.env['FREEHOLD_TOKEN'] ?? context.session.read().token;
    const findings = await Promise.all(checks.map(async (check) => ({
      name: check.name,
      ...(await check.run({ configuration, serverUrl: context.serverUrl, token })),
    })));
    const text = table(['check', 'status', 'found', 'what to do'], findings.map(({ name, status, found, remedy }) => [name, signs[status], found, remedy ?? '']), '');
    return { data: { checks: findings }, text, exit: findings.some(({ status }) => status === 'failed') ? 'failed' : 'ok' };
  },
};
