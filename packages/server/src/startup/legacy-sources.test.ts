import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLegacySources } from './legacy-sources.js';

const open = (legacySources?: string, legacySourcesFile?: string) => openLegacySources({ legacySources, legacySourcesFile });
const secret = 'a-very-secret-password';

describe('the sources of legacy users', () => {
  it('are none where nothing is set', async () => {
    expect((await open()).names).toEqual([]);
  });

  it('are found by name, on the first cluster where no other is named', async () => {
    const sources = await open(JSON.stringify({ old: { uri: `mongodb://reader:${secret}@old.example.org/`, database: 'platform' }, older: { uri: 'mongodb://older.example.org/', database: 'p', cluster_id: 'legacy' } }));
    expect([sources.names, sources.find('old')?.clusterId, sources.find('older')?.clusterId, sources.find('oldest')]).toEqual([['old', 'older'], 'primary', 'legacy', undefined]);
    await sources.close();
  });

  it('may stand in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'freehold-test-sources-'));
    await writeFile(join(folder, 'sources.json'), JSON.stringify({ old: { uri: 'mongodb://old.example.org/', database: 'platform' } }));
    const sources = await open(undefined, join(folder, 'sources.json'));
    expect(sources.names).toEqual(['old']);
    await Promise.all([sources.close(), rm(folder, { recursive: true })]);
    await expect(open(undefined, join(folder, 'gone.json'))).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  });

  it.each([
    ['no JSON', `{"old": {"uri": "mongodb://reader:${secret}@`], ['another scheme', JSON.stringify({ old: { uri: `postgres://reader:${secret}@old.example.org/`, database: 'p' } })],
    ['no database', JSON.stringify({ old: { uri: `mongodb://reader:${secret}@old.example.org/` } })], ['a field that is not known', JSON.stringify({ old: { uri: `mongodb://reader:${secret}@old.example.org/`, database: 'p', password: secret } })],
    ['no connection string', JSON.stringify({ old: { uri: `mongodb://reader:${secret}@/?&&=`, database: 'p' } })],
  ])('with %s end the start, and nothing of them is told', async (_what, text) => {
    const failure = await open(text).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'StartupError', code: 'CONFIGURATION_INVALID' });
    const { message, stack, cause } = failure as Error;
    expect(`${message}${stack}${String(cause)}`).not.toContain(secret);
  });
});
