// Writes docs/errors.md from the error catalogue: `npx tsx scripts/generate-error-docs.ts`. A test holds the two together.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorPage } from '../packages/api/src/error-page.js';

const path = fileURLToPath(new URL('../docs/errors.md', import.meta.url));
writeFileSync(path, errorPage());
process.stdout.write(`wrote ${path}\n`);
