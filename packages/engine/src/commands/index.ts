// Every command of the engine: the table that the dispatcher, `listCommands` and the documentation read.
import type { CommandDefinition } from '../dispatch/command.js';
import { buildInfo } from './build-info.js';
import { connectionStatus } from './connection-status.js';
import { hello } from './hello.js';
import { logout } from './logout.js';
import { ping } from './ping.js';
import { saslContinue } from './sasl-continue.js';
import { saslStart } from './sasl-start.js';
import { whatsmyuri } from './whatsmyuri.js';

export const commandDefinitions: readonly CommandDefinition[] = [
  buildInfo,
  connectionStatus,
  hello,
  logout,
  ping,
  saslContinue,
  saslStart,
  whatsmyuri,
];
