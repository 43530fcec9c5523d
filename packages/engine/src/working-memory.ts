// What the operations of one engine may hold while they gather: by its parameters, by the machine's memory, and on its disk.
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { MemoryPool, stageLimitBytes, type WorkingMemory } from './aggregation/working-memory.js';
import type { ServerState } from './dispatch/server-state.js';
import { SpillFiles } from './storage/spill-files.js';

/** All operations together may hold such a part of the machine's memory, and of JavaScript's heap, where much of it lies. */
const machineShare = 1 / 4;
const heapShare = 1 / 2;

function machineBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}

/** Removes temporary files that an earlier run left. */
export function openWorkingMemory({ dataDirectory, parameters }: Pick<ServerState, 'dataDirectory' | 'parameters'>): WorkingMemory {
  const limitOf = (parameter: string): number => {
    const value = Number(parameters.get(parameter));
    return value > 0 ? value : stageLimitBytes;
  };
  return {
    get stageLimitBytes() {
      return limitOf('internalDocumentSourceGroupMaxMemoryBytes');
    },
    get sortLimitBytes() {
      return limitOf('internalQueryMaxBlockingSortMemoryUsageBytes');
    },
    pool: new MemoryPool(Math.min(machineBytes() * machineShare, getHeapStatistics().heap_size_limit * heapShare)),
    disk: new SpillFiles(dataDirectory),
  };
}
