// A MongoDB for tests that the platform did not start: FREEHOLD_TEST_MONGODB_URI, or a standalone engine process.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, removeFolder, temporaryFolder } from './platform.js';

/** The keys of every platform that tests start there: a control database goes with the keys it was started with. */
export const externalMasterKey = Buffer.alloc(32, 3).toString('base64');

export interface ExternalMongodb {
  /** As root. */
  readonly uri: string;
  stop(): Promise<void>;
}

export async function startExternalMongodb(): Promise<ExternalMongodb> {
  const given = process.env['FREEHOLD_TEST_MONGODB_URI'];
  if (given !== undefined && given !== '') return { uri: given, stop: async () => undefined };
  const folder = temporaryFolder('external-engine');
  const password = 'external-root-password';
  const passwordFile = join(folder, 'root-password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const child = spawn(process.execPath, [
    join(root, 'packages/engine/dist/main.js'), '--data-dir', join(folder, 'data'), '--port', '0', '--root-user', 'root', '--root-password-file', passwordFile,
  ], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const port = await new Promise<string>((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      output += chunk.toString();
      const match = /"event":"engine\.started".*?"port":(\d+)/u.exec(output);
      if (match !== null) resolve(match[1]!);
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.once('exit', (code) => reject(new Error(`the engine ended with ${code} before it was ready:\n${output}`)));
  });
  return {
    uri: `mongodb://root:${password}@127.0.0.1:${port}/?authSource=admin&directConnection=true`,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      removeFolder(folder);
    },
  };
}
