// Which suites of object mappers, stores and tools for Node the engine was run with, and what became of their tests.
import { suiteTable, type PrintTable, type Suite } from './suite-table.js';

const suites: readonly Suite[] = [
  { name: 'mongoose 5.13.23 with the tests of 3.3.0', passed: 411, failed: 177, failures: 'seven need `$where`, `mapReduce` or geospatial queries, others expect words and options of MongoDB 2 (`$pushAll`, `create` with `safe`, a capped collection of 100 bytes); most call what mongoose has changed since. Six files do not load for that' },
  { name: 'loopback-connector-mongodb 6.2.0 with the common tests of loopback-datasource-juggler 4.28.9', passed: 1271, failed: 7, failures: 'all of one method (`createAll`), in the hooks of the client' },
  { name: 'sharedb-mongo 6.0.0 with those of sharedb 5', passed: 898, failed: 6, failures: 'times between two polls in the client, on a machine with other work' },
  { name: 'iridium 7.2.5', passed: 435, failed: 4, failures: 'three need `mapReduce`; one expects that nothing listens on the default port' },
  { name: 'mquery 4.0.2', passed: 396, failed: 0, failures: '' },
  { name: 'sharedb-milestone-mongo 3.0.0, with drivers 3 to 7', passed: 228, failed: 0, failures: '' },
  { name: 'acl 0.4.11', passed: 194, failed: 0, failures: '' },
  { name: '@feathersjs/mongodb 5.0.50 with @feathersjs/adapter-tests', passed: 154, failed: 4, failures: 'numbers as ids, where the adapter makes object ids' },
  { name: 'sails-mongo 2.1.2 with waterline-adapter-tests 1.0.1', passed: 150, failed: 0, failures: '' },
  { name: 'agenda 0.9.1', passed: 122, failed: 0, failures: '' },
  { name: '@keyv/mongo 3.1.0 with @keyv/test-suite, documents and GridFS', passed: 79, failed: 1, failures: 'the adapter empties the whole bucket where one namespace is meant' },
  { name: 'migrate-mongo 14.0.7, integration tests', passed: 63, failed: 0, failures: '' },
  { name: 'mongojs 3.1.0, files', passed: 68, failed: 7, failures: 'three need JavaScript on the server, two expect codes and errors that MongoDB no longer gives, one the driver refuses, one needs a network' },
  { name: 'gridfs-stream 1.1.1', passed: 59, failed: 4, failures: 'streams of the client on a newer Node: the server was not asked' },
  { name: 'mongoose-bcrypt 1.11.0', passed: 58, failed: 0, failures: '' },
  { name: 'mongo-oplog 2.1.4, tailing `local.oplog.rs`', passed: 19, failed: 2, failures: 'one expects entries of updates in the form before MongoDB 5, one inserts more than it counts' },
  { name: 'winston-mongodb 7.0.1', passed: 39, failed: 0, failures: '' },
  { name: 'mongoose-sequence 6.0.1', passed: 35, failed: 0, failures: '' },
  { name: 'mongoose-aggregate-paginate-v2 1.1.5', passed: 17, failed: 0, failures: '' },
  { name: 'mubsub 1.4.0, tailing capped collections', passed: 10, failed: 0, failures: 'one of them needs more than its ten seconds on a machine with other work' },
];

/** The section of the page. `table` prints one in Markdown. */
export function clientSuites(table: PrintTable): string {
  return `## Suites of other clients

Tests that packages for Node ship, run with the engine on 24 November 2026 as a set of one member, without authorization. Drivers before 3.6 (acl, agenda, gridfs-stream, iridium, mongo-oplog, mubsub)
speak a protocol that MongoDB gave up with 5.1: a small proxy turned their messages into newer ones.

${suiteTable(table, suites)}

All tests of mongodb-queue 4.0.0 and mongodb-lock 1.0.1 pass too. Programs with TypeORM 0.3.31, MikroORM 6, agenda 6, connect-mongo 6, rate-limiter-flexible and the change stream adapter of Socket.IO
did what they should.`;
}
