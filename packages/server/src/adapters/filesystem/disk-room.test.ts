import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotReady } from '../../ports/readiness.js';
import { checkDiskRoom } from './disk-room.js';

describe('the room on a disk', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'freehold-test-room-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is enough', async () => {
    await expect(checkDiskRoom(folder, 1)).resolves.toBeUndefined();
  });

  it('is not', async () => {
    await expect(checkDiskRoom(folder, Number.MAX_SAFE_INTEGER)).rejects.toEqual(new NotReady('has no room left on its disk'));
  });

  it('cannot be told of a folder that cannot be written to', async () => {
    await expect(checkDiskRoom(join(folder, 'absent'), 1)).rejects.toEqual(new NotReady('cannot be written to'));
  });
});
