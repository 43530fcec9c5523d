// `buildInfo`: the version, as MongoDB numbers them. Source: the manual's page "buildInfo".
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';
import { maxDocumentBytes, serverVersion, serverVersionArray } from '../dispatch/server-state.js';

export const buildInfo = defineCommand({
  name: 'buildInfo',
  aliases: ['buildinfo'],
  help: 'Says which version of MongoDB the engine answers like, and what it is built on.',
  fields: { buildInfo: 'any' },
  access: { kind: 'public' },
  stableApi: true,
  run: () =>
    encodeDocument({
      version: serverVersion,
      gitVersion: 'freehold',
      modules: [],
      allocator: 'system',
      javascriptEngine: 'none',
      sysInfo: 'deprecated',
      versionArray: [...serverVersionArray],
      openssl: { running: `OpenSSL ${process.versions.openssl}` },
      buildEnvironment: { distarch: process.arch, target_arch: process.arch, target_os: process.platform },
      bits: 64,
      debug: false,
      maxBsonObjectSize: maxDocumentBytes,
      storageEngines: ['lmdb'],
      freehold: { node: process.versions.node },
    }),
});
