// What the commands that begin a run over legacy users have in common.
import type { OptionDefinition, OptionValues } from './command.js';

export const runOptions: readonly OptionDefinition[] = [
  { flags: '--concurrency <count>', description: 'how many users each replica works on at once, 32 at most', defaultValue: '4' },
  { flags: '--user <id>', description: 'only this user; may be repeated', isRepeatable: true },
  { flags: '--detach', description: 'begin, and do not wait for the end' },
];

export const cipherOptions: readonly OptionDefinition[] = [
  { flags: '--limit <count>', description: 'at most so many users: for a first, careful run' },
  { flags: '--cipher <name>', description: 'how passwords are encrypted: a name of FREEHOLD_LEGACY_CIPHERS; default: its first' },
  { flags: '--source <name>', description: 'bring users from another control database: a name of FREEHOLD_LEGACY_SOURCES' },
  { flags: '--allow-plain', description: 'passwords may be stored without encryption' },
  { flags: '--extra-roles <what>', description: 'what to do with users whose MongoDB user has roles on other databases', choices: ['refuse', 'remove'], defaultValue: 'refuse' },
];

/** `concurrency` and `user_ids`. */
export function rangeOf(options: OptionValues): { readonly concurrency: number; readonly user_ids?: string[] } {
  const users = Array.isArray(options['user']) ? [...(options['user'] as readonly string[])] : [];
  return { concurrency: Number(options['concurrency']), ...(users.length === 0 ? {} : { user_ids: users }) };
}

export function cipherOf(options: OptionValues): { readonly limit?: number; readonly cipher?: string; readonly source?: string; readonly allow_plain: boolean; readonly extra_roles: 'refuse' | 'remove' } {
  return {
    ...(typeof options['limit'] === 'string' ? { limit: Number(options['limit']) } : {}),
    ...(typeof options['cipher'] === 'string' ? { cipher: options['cipher'] } : {}),
    ...(typeof options['source'] === 'string' ? { source: options['source'] } : {}),
    allow_plain: options['allowPlain'] === true,
    extra_roles: options['extraRoles'] === 'remove' ? 'remove' : 'refuse',
  };
}
