// `npm run fuzz:engine -- --frames <number> [--seed <number>]`: sends damaged frames to an engine and says what went wrong. The same seed
// sends the same frames. It may be stopped at any time.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzzEngine } from '../tests/chaos/fuzz/fuzz-engine.js';

const { values } = parseArgs({ options: { frames: { type: 'string', default: '100000' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } } });
const [frames, seed] = [Number(values.frames), Number(values.seed)];
if (!Number.isInteger(frames) || frames < 1) throw new Error('--frames takes a whole number above zero');
if (!Number.isInteger(seed)) throw new Error('--seed takes a whole number');
const folder = await mkdtemp(join(tmpdir(), 'freehold-fuzz-'));
console.log(`seed ${seed}`);
const report = await fuzzEngine({
  folder, frames, seed,
  onCheckpoint: ({ frames: sent, answered, closed, memoryMb }) => console.log(`${sent}/${frames} frames: ${answered} answered, ${closed} closed, ${memoryMb.at(-1)} MiB held`),
});
await rm(folder, { recursive: true, force: true });
for (const failure of report.failures) console.error(failure);
process.exitCode = report.failures.length === 0 ? 0 : 1;
