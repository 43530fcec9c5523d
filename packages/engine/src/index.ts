// The engine's public face: start it, stop it. Everything else is reached over MongoDB's wire protocol.
export { startEngine, type EngineOptions, type RunningEngine } from './server.js';
export { startEngineWorker } from './worker.js';
