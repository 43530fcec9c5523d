// The checks of `freehold doctor`: what this machine has, what is configured, and whether the platform answers.
import { access, constants, statfs, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { createClient } from '@freehold/api';
import { mongoshCommand } from '../mongosh.js';
import type { Check, Finding } from './check.js';

const leastFreeBytes = 1024 ** 3;

const nodeVersion: Check = {
  name: 'Node.js',
  run: async () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const isEnough = major > 20 || (major === 20 && minor >= 19);
    return isEnough ? ok(process.version) : failed(`${process.version} is too old`, 'Install Node.js 20.19 or newer.');
  },
};

const dataDirectory: Check = {
  name: 'data folder',
  run: async ({ configuration }) => {
    const path = resolve(configuration.dataDirectory);
    const existing = await firstExisting(path);
    try {
      await access(existing, constants.W_OK);
    } catch {
      return failed(`${existing} cannot be written to`, 'Give this user the right to write there, or name another folder with FREEHOLD_DATA_DIR.');
    }
    const { bavail, bsize } = await statfs(existing);
    const freeBytes = bavail * bsize;
    const shown = `${path}, ${(freeBytes / 1024 ** 3).toFixed(1)} GB free`;
    return freeBytes < leastFreeBytes ? warning(shown, 'Free some space: databases stop taking writes on a full disk.') : ok(shown);
  },
};

const masterKeys: Check = {
  name: 'master keys',
  run: async ({ configuration }) => {
    if (configuration.masterKeys !== undefined) return ok('from FREEHOLD_MASTER_KEYS');
    if (configuration.masterKeysFile !== undefined) return modeOf(configuration.masterKeysFile);
    if (configuration.mongodbUri === undefined) return ok('made in the data folder at the first start');
    return failed('none, and MongoDB is external', 'Set FREEHOLD_MASTER_KEYS_FILE, or FREEHOLD_MASTER_KEYS to kid:$(openssl rand -base64 32).');
  },
};

const platform: Check = {
  name: 'platform',
  run: async ({ configuration, serverUrl }) => {
    try {
      const response = await fetch(`${serverUrl}/readyz`, { signal: AbortSignal.timeout(5000) });
      if (response.ok) return ok(`ready at ${serverUrl}`);
      return failed(`${serverUrl} is not ready: ${await response.text()}`, 'Its log says more.');
    } catch {
      const isFree = await canListen(configuration.host, configuration.port);
      return isFree
        ? warning(`not running at ${serverUrl}`, 'Start it with `freehold up`.')
        : failed(`port ${configuration.port} is taken by another program`, 'Stop that program, or choose another port with FREEHOLD_PORT.');
    }
  },
};

const session: Check = {
  name: 'session',
  run: async ({ serverUrl, token }) => {
    if (token === undefined) return warning('not signed in', 'Run `freehold sign-in`.');
    try {
      const account = await createClient({ baseUrl: serverUrl, token, maximumAttempts: 1 }).authentication.me();
      return ok(`signed in as ${account.email}`);
    } catch {
      return warning('the remembered session is not accepted', 'Run `freehold sign-in`.');
    }
  },
};

const mongosh: Check = {
  name: 'mongosh',
  run: async () => {
    const [program, path] = mongoshCommand();
    return path === undefined ? warning(`${program!} from the PATH, if it is there`, 'Install it with `npm install --global mongosh` for `freehold db shell`.') : ok(path);
  },
};

export const checks: readonly Check[] = [nodeVersion, dataDirectory, masterKeys, platform, session, mongosh];

function ok(found: string): Finding {
  return { status: 'ok', found };
}

function warning(found: string, remedy: string): Finding {
  return { status: 'warning', found, remedy };
}

function failed(found: string, remedy: string): Finding {
  return { status: 'failed', found, remedy };
}

async function firstExisting(path: string): Promise<string> {
  try {
    await access(path);
    return path;
  } catch {
    return dirname(path) === path ? path : firstExisting(dirname(path));
  }
}

async function modeOf(path: string): Promise<Finding> {
  try {
    const { mode } = await stat(path);
    return (mode & 0o077) === 0 ? ok(path) : warning(`${path} can be read by others`, `chmod 600 ${path}`);
  } catch {
    return failed(`${path} cannot be read`, 'Mount the file there, or correct FREEHOLD_MASTER_KEYS_FILE.');
  }
}

async function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((settle) => {
    const server = createServer();
    server.once('error', () => settle(false));
    server.listen(port, host, () => server.close(() => settle(true)));
  });
}
