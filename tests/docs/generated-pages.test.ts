// The pages that are made from the code are committed as the code makes them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { generatedPages } from '../../scripts/generated-pages.js';

it.each(Object.entries(generatedPages))('%s agrees with the code (npm run docs writes it)', (path, render) => {
  expect(readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')).toBe(render());
});
