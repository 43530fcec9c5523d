// `npm run docs`: writes the pages that are made from the code. tests/docs compares them with what is committed.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { generatedPages } from './generated-pages.js';

for (const [path, render] of Object.entries(generatedPages)) {
  writeFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), render());
  console.log(path);
}
