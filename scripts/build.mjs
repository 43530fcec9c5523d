// Builds what must be built: the TypeScript packages into their dist folders, and the dashboard into static files.
// `--if-stale` builds only when a source file, a manifest or the lock file changed since the last build.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stampPath = join(root, '.build-stamp');
const packages = ['api', 'engine', 'server', 'cli', 'dashboard'];

/** A fingerprint of every input of the build: path, size and modification time of each source file. */
function fingerprint() {
  const hash = createHash('sha256');
  const add = (path) => {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}:${size}:${mtimeMs}\n`);
  };
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name === 'dist' || entry.name === 'node_modules' || /\.test\.tsx?$/.test(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else add(path);
    }
  };
  for (const name of packages) walk(join(root, 'packages', name));
  for (const name of ['package-lock.json', 'tsconfig.base.json']) add(join(root, name));
  return hash.digest('hex');
}

function run(command, args, cwd = root) {
  const { status } = spawnSync(process.execPath, [command, ...args], { cwd, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function isBuilt() {
  return packages.every((name) => existsSync(join(root, 'packages', name, 'dist')));
}

const ifStale = process.argv.includes('--if-stale');
if (ifStale && isBuilt() && existsSync(stampPath) && readFileSync(stampPath, 'utf8') === fingerprint()) process.exit(0);

process.stdout.write('Building Freehold...\n');
run('node_modules/typescript/bin/tsc', ['-b', 'packages/api', 'packages/engine', 'packages/server', 'packages/cli']);
run(join(root, 'node_modules/vite/bin/vite.js'), ['build', '--logLevel', 'warn'], join(root, 'packages/dashboard'));
writeFileSync(stampPath, fingerprint());
