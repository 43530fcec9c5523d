// The commands of the runbook and of the users' guide, run as they stand there against a platform of the test (R8).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '@freehold/api';
import { startTestCluster, type TestCluster } from '../../packages/server/src/testing/start-test-cluster.js';
import { freePort } from '../../packages/server/src/testing/free-port.fixture.js';
import { removeFolder, root, runProgram, startPlatform, temporaryFolder, type TestPlatform } from '../e2e/platform.js';

const folder = temporaryFolder('guides');
const appPort = await freePort();
const ada = 'a long password of ada';
let platform: TestPlatform;
/** The further cluster that the runbook registers. */
let frankfurt: TestCluster;

beforeAll(async () => {
  frankfurt = await startTestCluster();
  platform = await startPlatform({ dataDirectory: join(folder, 'data') });
  await createClient({ baseUrl: platform.url }).authentication.signUp({ email: 'ada@example.org', password: ada, name: 'Ada' });
});

afterAll(async () => {
  await platform.stop();
  await frankfurt.stop();
  removeFolder(folder);
});

/** The blocks of a language, in order. */
function blocksOf(page: string, language: string): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gmsu'))].map(([, block]) => block!);
}

/** What a person does at the terminal: types a password, and does not wait for what runs until it is stopped. */
const person = `set -e
freehold() {
  case " $* " in
    *' sign-in '*) printf %s "$PASSWORD" | command node packages/cli/dist/main.js "$@" --password-stdin ;;
    ' up '*) true ;;
    *) command node packages/cli/dist/main.js "$@" ;;
  esac
}
pass() { printf %s "$FRANKFURT_URI"; }
node() { if [ "$1" = server.js ]; then test -n "$MONGODB_URI"; else command node "$@"; fi; }
`;

async function run(script: string, password: string): Promise<void> {
  const here = script.replaceAll('http://127.0.0.1:8420', platform.url).replaceAll('127.0.0.1:27420', new URL(platform.engine!).host)
    .replaceAll('/backup/', `${folder}/backup-`).replaceAll('--port 3000', `--port ${appPort}`);
  const environment = { FREEHOLD_CONFIG_HOME: join(folder, 'home'), FREEHOLD_DATA_DIR: platform.dataDirectory, PASSWORD: password, HOME: folder, FRANKFURT_URI: frankfurt.uri };
  const { code, stdout, stderr } = await runProgram('bash', ['-c', `${person}${here}`], { environment, cwd: root });
  expect(code, `${stdout}\n${stderr}`).toBe(0);
}

describe('the users\' guide', () => {
  it('has commands that work, one after the other', async () => {
    await run(blocksOf('docs/guide-users.md', 'sh').join('\n'), ada);
  }, 180_000);

  it('has a program that works', async () => {
    const { token } = await createClient({ baseUrl: platform.url }).authentication.signIn({ email: 'ada@example.org', password: ada });
    const [program] = blocksOf('docs/guide-users.md', 'js');
    const { code, stdout, stderr } = await runProgram(process.execPath, ['--input-type=module', '-e', program!.replaceAll('http://127.0.0.1:8420', platform.url)], { environment: { FREEHOLD_TOKEN: token }, cwd: root });
    expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: expect.stringContaining('is kept until') });
  });
});

describe('the runbook', () => {
  it('has commands that work, one after the other', async () => {
    const [, ...blocks] = blocksOf('docs/operations.md', 'sh');
    await run(blocks.join('\n'), 'a new long password');
  }, 180_000);
});
