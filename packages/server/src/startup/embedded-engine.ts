// The engine inside: started in a thread of its own, with a root user whose password never leaves the data folder.
import { join } from 'node:path';
import { startEngineWorker, type EngineOptions, type RunningEngine } from '@freehold/engine';
import type { Configuration } from '../config/settings.js';
import { StartupError } from '../config/startup-error.js';
import { encodeUserInfo } from '../domain/connection-uri.js';
import { Secret } from '../domain/secret.js';
import type { Identifiers } from '../ports/identifiers.js';
import { readOrMakeSecretFile } from '../adapters/filesystem/secret-file.js';

export interface EmbeddedEngine {
  readonly engine: RunningEngine;
  /** As root, for the control plane. */
  readonly rootUri: Secret;
}

const rootUser = 'freehold-root';

/** Throws StartupError where the folder is in use, the port is taken, or the files are damaged. */
export async function startEmbeddedEngine(
  configuration: Configuration,
  dataDirectory: string,
  identifiers: Identifiers,
  onLogEvent: NonNullable<EngineOptions['onLogEvent']>,
): Promise<EmbeddedEngine> {
  const { secret: password } = readOrMakeSecretFile(join(dataDirectory, 'engine-root-password'), () => identifiers.password());
  try {
    const engine = await startEngineWorker({
      dataDirectory: join(dataDirectory, 'engine'),
      host: configuration.host,
      port: configuration.enginePort,
      oplog: { sizeMb: configuration.oplogSizeMb, minRetentionHours: configuration.oplogMinRetentionHours },
      // A set has one name for each member; with several public ones, clients are told the first.
      ...(configuration.publicMongodbHost === undefined ? {} : { advertisedHost: configuration.publicMongodbHost.split(',')[0]! }),
      rootUser: { user: rootUser, password: password.reveal() },
      onLogEvent,
    });
    return { engine, rootUri: rootUriOf(engine, password) };
  } catch (error) {
    throw asStartupError(error, configuration);
  }
}

function rootUriOf(engine: RunningEngine, password: Secret): Secret {
  // By the loopback address, directly: the name that others know the engine by need not lead here from here.
  const host = ['0.0.0.0', '::'].includes(engine.host) ? '127.0.0.1' : engine.host;
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return new Secret(`mongodb://${rootUser}:${encodeUserInfo(password.reveal())}@${shownHost}:${engine.port}/?authSource=admin&directConnection=true`);
}

/** The engine's own words name what is wrong; the code is for scripts. */
function asStartupError(error: unknown, configuration: Configuration): StartupError {
  const message = error instanceof Error ? error.message : String(error);
  if (/EADDRINUSE|port/iu.test(message)) {
    return new StartupError('PORT_TAKEN', message, `Stop the other program on port ${configuration.enginePort}, or choose another with FREEHOLD_ENGINE_PORT.`, { cause: error });
  }
  if (/in use|another process/iu.test(message)) {
    return new StartupError('DATA_DIRECTORY_IN_USE', message, 'Stop the other process, or name another folder with FREEHOLD_DATA_DIR.', { cause: error });
  }
  return new StartupError('ENGINE_FAILED', message, 'If the message names no remedy, run `freehold doctor`.', { cause: error });
}
