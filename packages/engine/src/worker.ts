// The engine in a thread of its own, so that its work and its callers' do not wait for one another.
import { Worker } from 'node:worker_threads';
import type { LogEvent } from './dispatch/log.js';
import type { EngineOptions, RunningEngine } from './engine-options.js';

/** What the thread tells its owner. */
export type ThreadMessage =
  | { readonly kind: 'started'; readonly host: string; readonly port: number; readonly uri: string }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'log'; readonly event: LogEvent };

/** What the owner tells the thread. */
export type OwnerMessage = { readonly kind: 'stop' };

/**
 * Starts an engine in a worker thread; otherwise as `startEngine`. Run from TypeScript sources (tests), where a thread
 * could not load them, it starts in the calling thread.
 */
export async function startEngineWorker(options: EngineOptions): Promise<RunningEngine> {
  if (import.meta.url.endsWith('.ts')) return (await import('./server.js')).startEngine(options);
  const { onLogEvent, ...cloneable } = options;
  const worker = new Worker(new URL('./worker-thread.js', import.meta.url), { workerData: cloneable, name: 'freehold-engine' });
  const whenStopped = new Promise<void>((resolve) => {
    worker.once('exit', () => resolve());
  });
  const started = await whenStarted(worker, onLogEvent);
  return {
    ...started,
    whenStopped,
    stop: async () => {
      worker.postMessage({ kind: 'stop' } satisfies OwnerMessage);
      await whenStopped;
    },
  };
}

function whenStarted(worker: Worker, onLogEvent: EngineOptions['onLogEvent']): Promise<Pick<RunningEngine, 'host' | 'port' | 'uri'>> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: ThreadMessage) => {
      if (message.kind === 'log') onLogEvent?.(message.event);
      else if (message.kind === 'started') resolve({ host: message.host, port: message.port, uri: message.uri });
      else if (message.kind === 'failed') reject(new Error(message.message));
    });
    worker.once('error', (error) => {
      onLogEvent?.({ level: 'error', event: 'engine.thread_failed', fields: { reason: error instanceof Error ? error.message : String(error) } });
      reject(error instanceof Error ? error : new Error(String(error)));
    });
    worker.once('exit', (code) => reject(new Error(`the engine's thread ended with code ${code} before it had started`)));
  });
}
