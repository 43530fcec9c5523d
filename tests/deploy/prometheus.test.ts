// Alert rules and dashboard: Prometheus' own tool accepts them (R5.2), and they ask only for metrics that the platform has.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { metricDefinitions } from '../../packages/server/src/telemetry/metrics.js';

const deploy = fileURLToPath(new URL('../../deploy', import.meta.url));
const runbook = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const rulesText = readFileSync(`${deploy}/prometheus/freehold.rules.yml`, 'utf8');
const dashboardText = readFileSync(`${deploy}/grafana/freehold.json`, 'utf8');

interface Rule { readonly alert: string; readonly expr: string; readonly labels: { readonly severity: string }; readonly annotations: { readonly summary: string; readonly runbook: string } }
interface Panel { readonly id: number; readonly type: string; readonly title: string; readonly targets?: readonly { readonly expr: string }[] }

const rules = (load(rulesText) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }).groups.flatMap((group) => group.rules);
const { panels } = JSON.parse(dashboardText) as { readonly panels: readonly Panel[] };

function promtool(...args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { cwd: `${deploy}/prometheus`, encoding: 'utf8' });
  return { status, output: error === undefined ? `${stdout}${stderr}` : error.message };
}

/** Where it is missing on somebody's machine its tests are skipped; continuous integration installs it. */
const isMissing = promtool('--version').status !== 0 && process.env['CI'] === undefined;

describe.skipIf(isMissing)('promtool', () => {
  it('accepts the rules', () => {
    expect(promtool('check', 'rules', 'freehold.rules.yml')).toMatchObject({ status: 0 });
  });

  it('sees every alert fire when it should, and only then', () => {
    expect(promtool('test', 'rules', 'freehold.rules.test.yml')).toMatchObject({ status: 0 });
  });
});

/** The metric of a series: histograms are read by their buckets, sums and counts. */
function metricOf(series: string): string {
  return series.replace(/_(?:bucket|sum|count)$/u, (suffix) => (series.slice(0, -suffix.length) in metricDefinitions ? '' : suffix));
}

const seriesOf = (expression: string): readonly string[] => [...expression.matchAll(/\b(?:freehold|platform)_[a-z_]+/gu)].map(([series]) => metricOf(series));
const expressions = [...rules.map(({ alert, expr }) => [alert, expr] as const), ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const))];

describe('rules and dashboard', () => {
  it.each(expressions)('%s asks only for metrics of the table', (_name, expression) => {
    expect(seriesOf(expression).filter((series) => !(series in metricDefinitions))).toEqual([]);
  });

  it('give each panel an id of its own', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});

describe('an alert', () => {
  const tested = readFileSync(`${deploy}/prometheus/freehold.rules.test.yml`, 'utf8');

  it.each(rules.map((rule) => [rule.alert, rule] as const))('%s has a severity, a case that fires it, and a section of the runbook', (name, { labels, annotations }) => {
    expect(['info', 'warning', 'critical']).toContain(labels.severity);
    expect(tested).toContain(name);
    expect(annotations.runbook).toBe(`docs/operations.md#${name.toLowerCase()}`);
    expect(runbook).toContain(`\n### ${name}\n`);
  });
});
