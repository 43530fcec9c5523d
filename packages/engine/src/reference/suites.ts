// Which suites of drivers the engine was run with, and what became of their tests.
import { suiteTable, type PrintTable, type Suite } from './suite-table.js';

const suites: readonly Suite[] = [
  { name: 'Go driver 1.17.9, unified specification tests', passed: 741, failed: 5, failures: 'four need a second member; `prepareUnique` was not there yet' },
  { name: 'Go driver 1.17.9, specification tests of the older format', passed: 486, failed: 5, failures: 'all need a second member' },
  { name: 'Go driver 1.17.9, integration tests', passed: 957, failed: 9, failures: 'four need `$where`, three text indexes, two a `mongocryptd`' },
  { name: 'libmongoc 1.23.1', passed: 929, failed: 19, failures: 'a second member, ports that nothing listens on, and commands that MongoDB has removed (`getnonce`)' },
  { name: 'Node driver 3.6.4, functional tests', passed: 1310, failed: 42, failures: '`mapReduce`, text and geospatial indexes, a second member, and errors that MongoDB no longer gives; some are the driver\'s on a newer Node. Its file of transactions was cut off by time' },
  { name: 'Motor 3.6.0 with PyMongo 4.18.2, with and without authorization', passed: 326, failed: 16, failures: 'counted with authorization; one was mended since (users of one mechanism). The others need a library for encryption, or are of other versions of PyMongo' },
];

/** The section of the page. `table` prints one in Markdown. */
export function driverSuites(table: PrintTable): string {
  return `## Drivers' own suites

Suites of drivers, run with the engine on 24 November 2026 as a set of one member, without authorization unless it says so, and with \`--test-commands\`. Tests that skip
themselves are not counted. The extension for PHP 1.15.0 and the driver for Perl 2.2.2 were run too: what failed of them against the server was mended or is of the kinds below.

${suiteTable(table, suites)}

Tests in the drivers' unified format run from this project: \`FREEHOLD_SPEC_TESTS_DIR=<folder> npx vitest run tests/spec\`. The suites of PyMongo, mongoose, mongosh and the Java, Ruby and .NET
drivers have not been run as a whole. Some of the first three, and of the Node driver's, was read on 24 November 2026, and about 550 calls of the same kind were made
with the real clients (mongoose 9.12, mongosh 2.12, PyMongo 4.18 and 3.11, Node driver 7.9): what differed from MongoDB was mended, or is in the table of differences above.`;
}
