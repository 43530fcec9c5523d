import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from './load-configuration.js';
import { StartupError } from './startup-error.js';

function configurationFile(content: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'freehold-config-')), 'freehold.config.json');
  writeFileSync(path, content);
  return path;
}

describe('loadConfiguration', () => {
  it('takes the contract defaults where nothing is set', () => {
    const configuration = loadConfiguration({ environment: {} });
    expect(configuration).toMatchObject({ port: 8420, host: '127.0.0.1', dataDirectory: '.freehold', enginePort: 27_420 });
    expect(configuration.mongodbUri).toBeUndefined();
  });

  it('prefers flags over the environment, and that over the file', () => {
    const file = configurationFile('{"port": 1, "host": "file", "enginePort": 3}');
    const configuration = loadConfiguration({ environment: { FREEHOLD_PORT: '2', FREEHOLD_HOST: 'environment' }, flags: { host: 'flag' }, file });
    expect(configuration).toMatchObject({ port: 2, host: 'flag', enginePort: 3 });
  });

  it('treats an empty variable as unset', () => {
    expect(loadConfiguration({ environment: { FREEHOLD_PORT: '' } }).port).toBe(8420);
  });

  it('reads trusted proxies as a list of addresses and networks', () => {
    expect(loadConfiguration({ environment: { FREEHOLD_TRUSTED_PROXIES: '10.0.0.0/8, ::1' } }).trustedProxies).toEqual(['10.0.0.0/8', '::1']);
  });

  it.each([
    ['a port that is no number', { environment: { FREEHOLD_PORT: 'http' } }],
    ['a port out of range', { environment: { FREEHOLD_PORT: '70000' } }],
    ['a backup URL of another kind', { environment: { FREEHOLD_BACKUP_URL: 'ftp://x' } }],
    ['a trusted proxy that is no address', { environment: { FREEHOLD_TRUSTED_PROXIES: '10.0.0.1,proxy.example' } }],
    ['a network that is wider than its addresses', { environment: { FREEHOLD_TRUSTED_PROXIES: '10.0.0.0/33' } }],
    ['a metrics token that can be guessed', { environment: { FREEHOLD_METRICS_TOKEN: 'short' } }],
    ['an unknown setting in the file', { environment: {}, file: configurationFile('{"prot": 1}') }],
    ['a file that is no JSON', { environment: {}, file: configurationFile('port=1') }],
    ['a file that is not there', { environment: {}, file: '/nowhere/freehold.config.json' }],
  ])('refuses %s and says what to do', (_case, sources) => {
    expect(() => loadConfiguration(sources)).toThrow(StartupError);
  });

  it('does not repeat a secret in its error', () => {
    expect(() => loadConfiguration({ environment: { FREEHOLD_OPERATOR_PASSWORD: 'tooshort' } })).toThrow(/^FREEHOLD_OPERATOR_PASSWORD is not valid(?!.*tooshort)/);
  });
});
