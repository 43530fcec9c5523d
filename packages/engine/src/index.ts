// The engine's public face: start it, stop it. Everything else is reached over MongoDB's wire protocol.
import type { EngineOptions, RunningEngine } from './engine-options.js';

export type { EngineOptions, RunningEngine } from './engine-options.js';
export { startEngineWorker } from './worker.js';

/** Starts an engine in this thread. Its modules are loaded now and not before: who starts it in a thread of its own needs none of them. */
export async function startEngine(options: EngineOptions): Promise<RunningEngine> {
  return (await import('./server.js')).startEngine(options);
}
