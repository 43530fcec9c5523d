// `hostInfo`. Source: the manual's page "hostInfo".
import { availableParallelism, cpus, hostname, release, totalmem, type as osType } from 'node:os';
import { Long } from 'bson';
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';

export const hostInfo = defineCommand({
  name: 'hostInfo',
  help: 'Says what machine the engine runs on.',
  fields: { hostInfo: 'any' },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['hostInfo'] }] },
  run: (_fields, { services }) => {
    const memoryMebibytes = Math.floor(totalmem() / 1024 / 1024);
    return encodeDocument({
      system: {
        currentTime: new Date(services.clock.now_ms()),
        hostname: hostname(),
        cpuAddrSize: 64,
        memSizeMB: Long.fromNumber(memoryMebibytes),
        memLimitMB: Long.fromNumber(memoryMebibytes),
        numCores: cpus().length,
        numCoresAvailableToProcess: availableParallelism(),
        cpuArch: process.arch === 'x64' ? 'x86_64' : process.arch,
        numaEnabled: false,
      },
      os: { type: osType(), name: osType(), version: release() },
      extra: { nodeVersion: process.version },
    });
  },
});
