import { mkdtempSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../testing/free-port.fixture.js';
import type { AppRecord } from '../../domain/app.js';
import { Secret } from '../../domain/secret.js';
import { systemClock } from '../system/clock.js';
import { ProcessDeployer } from './process-deployer.js';

const limits = { startup_ms: 20_000, settle_ms: 100, firstBackoff_ms: 20, maxBackoff_ms: 100, stop_ms: 5000 };
const uri = new Secret('mongodb://user_a_b:p%40ss-word@127.0.0.1:27420/user_a_b?authSource=admin');

let directory: string;
let deployer: ProcessDeployer;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'freehold-apps-'));
  deployer = new ProcessDeployer({ directory, clock: systemClock, limits });
});

afterEach(async () => {
  await deployer.close();
  rmSync(directory, { recursive: true });
});

function appThatRuns(script: string, spec: Record<string, unknown> = {}): AppRecord {
  const now = new Date();
  return {
    _id: 'app1', user_id: 'u1', name: 'app', database_id: null, deployer: 'process', status: 'created', status_message: null,
    spec: { command: [process.execPath, '-e', script], ...spec }, created_at: now, updated_at: now, last_deployed_at: null,
  };
}

const logText = async (): Promise<string> => (await deployer.logs('app1', 1000)).map((line) => line.text).join('\n');
const runForever = 'setInterval(() => {}, 1000)';

describe('a deployed app', () => {
  it('gets the URI, its own variables and PORT, and nothing of the platform\'s environment', async () => {
    vi.stubEnv('FREEHOLD_MASTER_KEYS', 'k1:secret');
    const file = join(directory, 'environment.json');
    const app = appThatRuns(`require('fs').writeFileSync(${JSON.stringify(file)}, JSON.stringify(process.env)); ${runForever}`, { env: { COLOR: 'red' } });
    await deployer.deploy({ app, connectionUri: uri });
    await vi.waitFor(() => expect(existsSync(file)).toBe(true));
    const environment = JSON.parse(readFileSync(file, 'utf8'));
    vi.unstubAllEnvs();
    expect(environment).toMatchObject({ MONGODB_URI: uri.reveal(), COLOR: 'red' });
    expect(environment.FREEHOLD_MASTER_KEYS).toBeUndefined();
  });

  it('is running once it takes connections on its port', async () => {
    const port = await freePort();
    const app = appThatRuns('require("net").createServer(s => s.end("hi")).listen(process.env.PORT, "127.0.0.1")', { port });
    expect(await deployer.deploy({ app, connectionUri: uri })).toEqual({ status: 'running' });
  });

  it.each([
    ['answers its health check, whatever it answered before', '(request, response) => { asked += 1; response.statusCode = asked < 3 ? 503 : 204; response.end(); }', {}, 'running'],
    ['answers nothing but errors', '(request, response) => { response.statusCode = request.url === "/health" ? 500 : 200; response.end(); }', { within_ms: 1000 }, 'failed'],
    ['falls before it has stayed up as long as it should', '(request, response) => { response.end(); setTimeout(() => process.exit(4), 20); }', { stays_up_ms: 10_000 }, 'failed'],
  ] as const)('that %s', async (_name, handler, check, status) => {
    const port = await freePort();
    const app = appThatRuns(`let asked = 0; require("http").createServer(${handler}).listen(process.env.PORT, "127.0.0.1")`, { port, health_check: { path: '/health', ...check } });
    expect(await deployer.deploy({ app, connectionUri: uri })).toMatchObject({ status });
  });

  it('is not started any more once the platform stops, nor left running if it was just being started', async () => {
    const file = join(directory, 'pid-of-app');
    const app = appThatRuns(`require('fs').writeFileSync(${JSON.stringify(file)}, String(process.pid)); ${runForever}`);
    const underWay = deployer.deploy({ app, connectionUri: uri });
    await vi.waitFor(() => expect(existsSync(file) && readFileSync(file, 'utf8')).toMatch(/\d/u));
    await deployer.close();
    expect(await underWay).toMatchObject({ status: 'running' });
    expect(() => process.kill(Number(readFileSync(file, 'utf8')), 0)).toThrow('ESRCH');
    rmSync(file);
    expect(await deployer.deploy({ app, connectionUri: uri })).toEqual({ status: 'starting' });
    expect(existsSync(file)).toBe(false);
  });

  it('is not mistaken for another program that listens on its port', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const state = await deployer.deploy({ app: appThatRuns(runForever, { port }), connectionUri: uri });
    await new Promise((resolve) => server.close(resolve));
    expect(state).toMatchObject({ status: 'failed', reason: expect.stringContaining(`port ${port} is taken`) });
  });

  it('has failed, with the reason, when it exits at once or cannot be started', async () => {
    expect(await deployer.deploy({ app: appThatRuns('process.exit(3)'), connectionUri: uri }))
      .toMatchObject({ status: 'failed', reason: expect.stringContaining('exited with code 3') });
    const missing = appThatRuns('', { command: ['/nowhere/program'] });
    expect(await deployer.deploy({ app: missing, connectionUri: uri }))
      .toMatchObject({ status: 'failed', reason: expect.stringContaining('does not exist') });
  });

  it('is started again when it falls', async () => {
    const counter = join(directory, 'starts');
    const app = appThatRuns(`const fs = require('fs'); fs.appendFileSync(${JSON.stringify(counter)}, 'x');
      if (fs.readFileSync(${JSON.stringify(counter)}).length < 3) setTimeout(() => process.exit(1), 150); else ${runForever}`);
    await deployer.deploy({ app, connectionUri: uri });
    await vi.waitFor(async () => {
      expect(readFileSync(counter, 'utf8')).toBe('xxx');
      expect(await deployer.state('app1')).toEqual({ status: 'running' });
    }, { timeout: 15_000 });
  });

  it('keeps its output without the URI or the password', async () => {
    const app = appThatRuns(`console.log('uri ' + process.env.MONGODB_URI); console.error('password p@ss-word'); ${runForever}`);
    await deployer.deploy({ app, connectionUri: uri });
    await vi.waitFor(async () => expect(await logText()).toContain('password [secret]'));
    expect(await logText()).toContain('uri [secret]');
    expect(readFileSync(join(directory, 'app1', 'log'), 'utf8')).not.toMatch(/p%40ss-word|p@ss-word/);
  });

  it('stops with everything it started', async () => {
    const port = await freePort();
    const child = `require("net").createServer().listen(${port}, "127.0.0.1")`;
    const app = appThatRuns(`require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], {stdio: 'ignore'}); ${runForever}`, { port });
    expect(await deployer.deploy({ app, connectionUri: uri })).toEqual({ status: 'running' });
    await deployer.stop('app1');
    const server = createServer().listen(port, '127.0.0.1');
    await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
    await new Promise((resolve) => server.close(resolve));
    expect(await deployer.state('app1')).toEqual({ status: 'stopped' });
  });

  it('is ended by the next platform when the one that started it was killed', async () => {
    const port = await freePort();
    const app = appThatRuns('require("net").createServer().listen(process.env.PORT, "127.0.0.1")', { port });
    await deployer.deploy({ app, connectionUri: uri });
    // The first deployer's memory is not used: this is what a new process would do at its start.
    const next = new ProcessDeployer({ directory, clock: systemClock, limits });
    await next.close();
    await vi.waitFor(async () => expect((await deployer.state('app1')).status).not.toBe('running'));
  });
});
