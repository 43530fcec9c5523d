// The thread that `startEngineWorker` starts: runs one engine, tells its owner about it, stops it when told to.
import { parentPort, workerData } from 'node:worker_threads';
import { keepHeapSmall } from './heap-growth.js';
import { startEngine, type EngineOptions } from './server.js';
import type { ThreadMessage } from './worker.js';

function tell(message: ThreadMessage): void {
  parentPort?.postMessage(message);
}

keepHeapSmall();
try {
  const options = workerData as EngineOptions;
  const engine = await startEngine({ ...options, onLogEvent: (event) => tell({ kind: 'log', event }) });
  // There is one thing that the owner says (`OwnerMessage`): stop.
  parentPort?.on('message', () => void engine.stop());
  void engine.whenStopped.then(() => {
    tell({ kind: 'stopped' });
    parentPort?.close();
  });
  tell({ kind: 'started', host: engine.host, port: engine.port, uri: engine.uri });
} catch (error) {
  tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  parentPort?.close();
}
