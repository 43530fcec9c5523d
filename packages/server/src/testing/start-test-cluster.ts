// A MongoDB for integration tests: the engine in this process, or the server that FREEHOLD_TEST_MONGODB_URI names.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine } from '@freehold/engine';

export interface TestCluster {
  /** As root. */
  readonly uri: string;
  /** True: not the engine, but a server of the environment, which keeps what tests leave there. */
  readonly isExternal: boolean;
  stop(): Promise<void>;
}

/** Starts one; tests that share an external server use database and user names of their own. */
export async function startTestCluster(): Promise<TestCluster> {
  const externalUri = process.env['FREEHOLD_TEST_MONGODB_URI'];
  if (externalUri !== undefined && externalUri !== '') return { uri: externalUri, isExternal: true, stop: () => Promise.resolve() };
  const dataDirectory = await mkdtemp(join(tmpdir(), 'freehold-test-'));
  const password = randomBytes(12).toString('hex');
  const engine = await startEngine({ dataDirectory, port: 0, rootUser: { user: 'root', password } });
  return {
    uri: `mongodb://root:${password}@${engine.host}:${engine.port}/?authSource=admin&directConnection=true`,
    isExternal: false,
    stop: async () => {
      await engine.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}
