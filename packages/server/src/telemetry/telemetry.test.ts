import { describe, expect, it } from 'vitest';
import { createEventSink } from './event-sink.js';
import { logEvents } from './log-events.js';
import { createLogger } from './logger.js';
import { createMetrics, metricDefinitions } from './metrics.js';

function capturedLog(level: 'debug' | 'info' = 'debug') {
  const lines: string[] = [];
  const logger = createLogger({ level, destination: { write: (line: string) => void lines.push(line) }, base: { replica: 'r1' } });
  return { logger, lines, events: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('the log', () => {
  it('is one event a line, with the severity of the table', () => {
    const { logger, events } = capturedLog();
    logger.event('operation.resumed', { operation_id: 'o1' });
    expect(events()).toEqual([{ level: 'warn', time: expect.any(String), replica: 'r1', operation_id: 'o1', event: 'operation.resumed' }]);
  });

  it('writes what is severe enough', () => {
    const { logger, lines } = capturedLog('info');
    logger.event('http.read');
    logger.event('http.answered');
    expect(lines).toHaveLength(1);
    expect(logger.writes('debug')).toBe(false);
  });

  it('tells errors with their causes, without what the driver attached, and without secrets', () => {
    const { logger, events, lines } = capturedLog();
    const cause = Object.assign(new Error('cannot reach mongodb://root:hunter22@db/'), { code: 11_000, keyValue: { email: 'ada@example.org' } });
    logger.event('http.failed', { error: new Error('could not save', { cause }) });
    expect(events()[0]!['error']).toMatchObject({ type: 'Error', message: 'could not save', cause: { code: 11_000, message: 'cannot reach mongodb://[secret]@db/' } });
    expect(lines[0]).not.toMatch(/hunter22|ada@example/u);
  });

  it('names its events after what they are about', () => {
    for (const name of Object.keys(logEvents)) expect(name).toMatch(/^[a-z_]+\.[a-z_]+$/u);
  });
});

describe('the metrics', () => {
  it('are all exposed under their names, from the start', async () => {
    const { text, contentType } = await createMetrics({ withProcessMetrics: true }).expose();
    for (const [name, { kind }] of Object.entries(metricDefinitions)) expect(text).toContain(`# TYPE ${name} ${kind}`);
    expect(text).toContain('process_cpu_seconds_total');
    expect(contentType).toContain('text/plain');
  });

  it('are named as Prometheus asks', () => {
    for (const [name, { kind }] of Object.entries(metricDefinitions)) {
      expect(name).toMatch(/^(freehold|platform)_[a-z_]+$/u);
      expect(name.endsWith('_total'), name).toBe(kind === 'counter');
      expect(name.endsWith('_seconds') && !name.endsWith('_timestamp_seconds'), name).toBe(kind === 'histogram');
    }
  });
});

describe('what the platform reports', () => {
  it('becomes lines and counts', async () => {
    const { logger, events } = capturedLog();
    const metrics = createMetrics({ withProcessMetrics: false });
    const sink = createEventSink(logger, metrics);
    const ended = { name: 'operation.ended', operationId: 'o', userId: 'u', databaseId: 'd', milliseconds: 120 } as const;
    sink.emit({ ...ended, kind: 'database.create', outcome: 'succeeded' });
    sink.emit({ ...ended, kind: 'database.create', outcome: 'failed' });
    sink.emit({ ...ended, kind: 'database.delete', outcome: 'succeeded' });
    sink.emit({ name: 'quota.exceeded', userId: 'u', databaseId: null, quota: 'total_quota_mb' });
    sink.emit({ name: 'operation.step_failed', operationId: 'o', kind: 'database.create', step: 'create_user', attempt: 1, errorCode: 'X' });
    sink.emit({ name: 'operation.resumed', operationId: 'o', kind: 'database.create' });
    sink.emit({ name: 'job.failed', job: 'reconcile', errorCode: 'X' });
    sink.emit({ name: 'cluster.capacity_exhausted' });
    sink.emit({ name: 'reconciler.drift', drift: 'wrong_roles', clusterId: 'c1', userId: 'u', databaseId: 'd', username: 'u', isMended: true });

    expect(events()[0]).toMatchObject({ event: 'operation.ended', operation_id: 'o', user_id: 'u', database_id: 'd', outcome: 'succeeded' });
    const { text } = await metrics.expose();
    for (const sample of [
      'platform_databases_created_total 1', 'platform_databases_deleted_total 1',
      'platform_quota_violations_total{quota="total_quota_mb"} 1', 'freehold_operation_step_failures_total{kind="database.create",step="create_user"} 1',
      'freehold_operations_resumed_total{kind="database.create"} 1', 'freehold_job_failures_total{job="reconcile"} 1', 'freehold_cluster_capacity_exhausted_total 1',
      'freehold_reconciler_drift_total{drift="wrong_roles",is_mended="true"} 1', 'freehold_operation_duration_seconds_count{kind="database.create",outcome="succeeded"} 1',
    ]) expect(text).toContain(sample);
  });
});
