// `hostInfo`. Source: the manual's page "hostInfo".
import { availableParallelism, cpus, hostname, release, totalmem, type as osType, version as osVersion } from 'node:os';
import { Long } from 'bson';
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';

export const hostInfo = defineCommand({
  name: 'hostInfo',
  help: 'Says what machine the engine runs on.',
  fields: { hostInfo: 'any' },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['hostInfo'] }] },
  run: (_fields, { services }) => {
    const mebibytes = (bytes: number): Long => Long.fromNumber(Math.floor(bytes / 1024 / 1024));
    // What a container may have; more than there is stands for no limit.
    const limitBytes = Math.min(process.constrainedMemory() || totalmem(), totalmem());
    const cores = cpus();
    return encodeDocument({
      system: {
        currentTime: new Date(services.clock.now_ms()),
        hostname: hostname(),
        cpuAddrSize: 64,
        memSizeMB: mebibytes(totalmem()),
        memLimitMB: mebibytes(limitBytes),
        numCores: cores.length,
        numCoresAvailableToProcess: availableParallelism(),
        cpuArch: process.arch === 'x64' ? 'x86_64' : process.arch,
        numaEnabled: false,
        numNumaNodes: 1,
      },
      os: { type: osType(), name: osType(), version: release() },
      extra: {
        versionString: osVersion(), kernelVersion: release(), cpuString: cores[0]?.model ?? 'unknown', cpuFrequencyMHz: String(cores[0]?.speed ?? 0), nodeVersion: process.version,
      },
    });
  },
});
