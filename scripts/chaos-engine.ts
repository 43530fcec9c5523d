// `npm run chaos:engine -- --kills <number> [--folder <folder>]`: kills a loaded engine again and again, and says what was lost. It may be stopped
// at any time; a folder that is kept can be looked into.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killEngine } from '../tests/chaos/engine/kill-engine.js';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '100' }, folder: { type: 'string' } } });
const kills = Number(values.kills);
if (!Number.isInteger(kills) || kills < 1) throw new Error('--kills takes a whole number above zero');
const folder = values.folder ?? (await mkdtemp(join(tmpdir(), 'freehold-chaos-')));
console.log(`data folder: ${folder}`);
const report = await killEngine(folder, kills, ({ kills: done, acknowledged, losses }) => {
  console.log(`${done}/${kills} kills, ${acknowledged} acknowledged, ${losses.length} lost`);
});
for (const loss of report.losses) console.error(loss);
process.exitCode = report.losses.length === 0 ? 0 : 1;
