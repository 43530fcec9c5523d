// The architecture's rules (.dependency-cruiser.cjs) hold over the whole tree.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('has no import that the architecture forbids', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', '--config', '.dependency-cruiser.cjs', 'packages'], { cwd: root, encoding: 'utf8' });
  expect(`${stdout}${stderr}`).toContain('no dependency violations found');
  expect(status).toBe(0);
});
