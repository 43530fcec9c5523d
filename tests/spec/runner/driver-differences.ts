// Tests that the official driver for Node.js does not pass with any server, with the reason. They say nothing about the engine.

const differences: readonly (readonly [file: RegExp, test: RegExp, reason: string])[] = [
  [/unacknowledged-.*-hint-clientError/u, /./u, 'the driver sends hints with unacknowledged writes'],
  [/gridfs\/download/u, /final chunk is missing/u, 'the driver ends a download where the chunks end'],
  [/gridfs/u, /contentType|disableMD5|sans MD5/u, 'the driver has no such option of files'],
  [/poc-change-streams/u, /./u, 'the driver opens a change stream with its first read'],
  [/poc-transactions-convenient-api/u, /transaction options/u, 'the driver limits the time of the commit'],
  [/logging\//u, /./u, 'log messages are not part of this runner'],
];

/** Why the test is not run; undefined: it is. */
export function driverDifference(file: string, test: string): string | undefined {
  return differences.find(([files, tests]) => files.test(file) && tests.test(test))?.[2];
}
