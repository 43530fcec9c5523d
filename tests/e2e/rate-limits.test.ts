// The limits of a platform that nobody configured, over a restart, and switched off.
import { createClient } from '@freehold/api';
import { afterAll, expect, it } from 'vitest';
import { removeFolder, signUp, startPlatform, temporaryFolder, type TestPlatform } from './platform.js';

const dataDirectory = temporaryFolder('rate-limits');

let running: TestPlatform | undefined;

afterAll(async () => {
  await running?.kill();
  removeFolder(dataDirectory);
});

/** Stops the platform that runs, and starts it again; undefined limits: the defaults. */
async function restart(rateLimits: 'off' | undefined): Promise<TestPlatform> {
  await running?.stop();
  running = undefined;
  running = await startPlatform({ dataDirectory, environment: { FREEHOLD_RATE_LIMITS: rateLimits ?? '' } });
  return running;
}

it('lets a user create five databases an hour by default, a restart notwithstanding, and more where limits are off', async () => {
  const first = await restart(undefined);
  const { client, token } = await signUp(first.url);
  for (let index = 1; index <= 5; index += 1) await client.databases.create({ name: `db ${index}` });
  const refusal = { code: 'RATE_LIMITED', details: { rule: 'database_creation', limit: 5, window_seconds: 3600 } };
  await expect(client.databases.create({ name: 'db 6' })).rejects.toMatchObject(refusal);

  const again = await restart(undefined);
  await expect(createClient({ baseUrl: again.url, token }).databases.create({ name: 'db 6' })).rejects.toMatchObject(refusal);

  const unlimited = await restart('off');
  expect((await createClient({ baseUrl: unlimited.url, token }).databases.create({ name: 'db 6' })).status).toBe('active');
});
