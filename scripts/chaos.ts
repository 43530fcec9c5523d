// `npm run chaos -- --seconds <number> [--seed <number>] [--replicas <number>] [--accounts <number>]`: kills control planes and their engine at
// random under load, and says what does not hold afterwards. A seed makes the same choices again, though not the same timing.
import { parseArgs } from 'node:util';
import { runChaos } from '../tests/chaos/replicas/chaos.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    replicas: { type: 'string', default: '3' }, accounts: { type: 'string', default: '2' },
  },
});

function whole(name: keyof typeof values): number {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} takes a whole number above zero`);
  return number;
}

const seed = whole('seed');
console.log(`seed: ${seed}`);
const report = await runChaos({ seconds: whole('seconds'), seed, replicas: whole('replicas'), accounts: whole('accounts'), onProgress: (line) => console.log(line) });
console.log(JSON.stringify(report, null, 2));
process.exitCode = report.violations.length === 0 ? 0 : 1;
