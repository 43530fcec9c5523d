// `npm run chaos:engine -- --kills <number> [--seed <number>] [--folder <folder>]`: kills a loaded engine again and again, and says what was
// lost. It may be stopped at any time; a folder that is kept can be looked into. A seed makes the same choices again.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killEngine } from '../tests/chaos/engine/kill-engine.js';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '100' }, seed: { type: 'string', default: '1' }, folder: { type: 'string' } } });
const kills = Number(values.kills);
if (!Number.isInteger(kills) || kills < 1) throw new Error('--kills takes a whole number above zero');
const seed = Number(values.seed);
if (!Number.isInteger(seed)) throw new Error('--seed takes a whole number');
const folder = values.folder ?? (await mkdtemp(join(tmpdir(), 'freehold-chaos-')));
console.log(`data folder: ${folder}, seed ${seed}`);
const report = await killEngine({
  folder, kills, seed,
  onRound: ({ kills: done, acknowledged, losses }) => console.log(`${done}/${kills} kills, ${acknowledged} acknowledged, ${losses.length} lost`),
});
for (const loss of report.losses) console.error(loss);
process.exitCode = report.losses.length === 0 ? 0 : 1;
