// `npm run bench [-- scenario...]`: measures each scenario against its peer in the same run, prints the table, writes
// bench/results.json. All of them take a quarter of an hour; nothing else should run on the machine meanwhile.
import { printReport, writeResults, type Result } from './report.js';
import { controlPlane } from './scenarios/control-plane.js';
import { copy } from './scenarios/copy.js';
import { engineAgainstPostgres } from './scenarios/engine-against-postgres.js';
import { engineScale } from './scenarios/engine-scale.js';
import { fleet } from './scenarios/fleet.js';
import { legacyMigration } from './scenarios/legacy-migration.js';
import { startup } from './scenarios/startup.js';

const scenarios: Readonly<Record<string, () => Promise<readonly Result[]>>> = {
  startup,
  'control-plane': controlPlane,
  engine: engineAgainstPostgres,
  'engine-scale': engineScale,
  'legacy-migration': legacyMigration,
  copy,
  fleet,
};

/** `--legacy-users=100000` and the like: how large a scenario is. */
const sizes: Readonly<Record<string, string>> = {
  '--databases': 'BENCH_DATABASES',
  '--legacy-users': 'BENCH_LEGACY_USERS',
  '--engine-documents': 'BENCH_ENGINE_DOCUMENTS',
  '--engine-databases': 'BENCH_ENGINE_DATABASES',
};
const chosen: string[] = [];
/** What is not of the usual size. */
const given: string[] = [];
for (const argument of process.argv.slice(2)) {
  if (argument === '--full') {
    process.env['BENCH_DATABASES'] = '1000000';
    given.push(argument);
    continue;
  }
  const [flag = '', size] = argument.split('=');
  const variable = sizes[flag];
  if (variable === undefined || size === undefined) chosen.push(argument);
  else {
    process.env[variable] = size;
    given.push(argument);
  }
}
const unknown = chosen.filter((name) => !Object.hasOwn(scenarios, name));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. There are: ${Object.keys(scenarios).join(', ')}.`);
  process.exit(2);
}

const results: Result[] = [];
for (const [name, scenario] of Object.entries(scenarios)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  console.error(`measuring ${name} ...`);
  // One after the other: they share the machine.
  const measured = await scenario();
  results.push(...measured);
  writeResults([name, ...given].join(' '), measured);
}
printReport(results);
