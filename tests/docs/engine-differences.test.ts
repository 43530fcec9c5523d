// The list of deliberate differences in docs/engine.md and the tests that pin them are the same.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { differences } from '../../packages/engine/src/reference/differences.js';

it('every deliberate difference has its test, and every test its difference', () => {
  const tests = readdirSync(fileURLToPath(new URL('../diff', import.meta.url))).filter((name) => name.endsWith('.test.ts'));
  expect(tests.sort()).toEqual(differences.map(({ name }) => `${name}.test.ts`).sort());
});
