// One test run for the whole workspace: unit and integration tests beside the code, end-to-end tests under tests/.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: {
      '@freehold/api': source('packages/api/src/index.ts'),
      '@freehold/engine': source('packages/engine/src/index.ts'),
      '@freehold/server': source('packages/server/src/index.ts'),
    },
  },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/*/src/**/*.test.tsx', 'tests/**/*.test.ts', 'bench/src/**/*.test.ts'],
    reporters: ['default', source('scripts/closing-line-reporter.ts')],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
