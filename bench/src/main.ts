// `npm run bench [-- scenario...]`: measures each scenario against its peer in the same run, prints the table, writes
// bench/results.json. Takes a few minutes; nothing else should run on the machine meanwhile.
import { printReport, writeResults, type Result } from './report.js';
import { controlPlane } from './scenarios/control-plane.js';
import { engineAgainstPostgres } from './scenarios/engine-against-postgres.js';
import { engineScale } from './scenarios/engine-scale.js';
import { legacyMigration } from './scenarios/legacy-migration.js';
import { startup } from './scenarios/startup.js';

const scenarios: Readonly<Record<string, () => Promise<readonly Result[]>>> = {
  startup,
  'control-plane': controlPlane,
  engine: engineAgainstPostgres,
  'engine-scale': engineScale,
  'legacy-migration': legacyMigration,
};

// `--legacy-users=100000`: how many the scenario of that name takes.
const size = process.argv.find((argument) => argument.startsWith('--legacy-users='));
if (size !== undefined) process.env['BENCH_LEGACY_USERS'] = size.split('=')[1]!;
const chosen = process.argv.slice(2).filter((argument) => argument !== size);
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
  results.push(...(await scenario()));
}
printReport(results);
// A partial run must not pass for a whole one.
if (chosen.length === 0) writeResults(results);
