// Traces of a request, through the operation it began, to the commands that MongoDB was sent; and of one whose process was killed.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { removeFolder, signUp, startPlatform, temporaryFolder, type TestPlatform } from './platform.js';
import { startTraceReceiver, type ReceivedSpan, type TraceReceiver } from './trace-receiver.js';

const traceOf = (digit: string): string => digit.repeat(32);
const callerSpan = 'c'.repeat(16);
const patience = { timeout: 30_000, interval: 50 };

describe('traces', () => {
  const dataDirectory = temporaryFolder('tracing');
  let receiver: TraceReceiver;
  let platform: TestPlatform;
  let token: string;

  const start = (crashAt?: string): Promise<TestPlatform> => startPlatform({
    dataDirectory, environment: {
      FREEHOLD_OTLP_URL: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '50', OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20receiver', FREEHOLD_LEASE_SECONDS: '2',
      ...(crashAt === undefined ? {} : { FREEHOLD_CRASH_AT: crashAt }),
    },
  });
  const ask = (method: string, path: string, traceId: string, body?: unknown): Promise<Response> => fetch(`${platform.url}${path}`, {
    method, headers: { authorization: `Bearer ${token}`, traceparent: `00-${traceId}-${callerSpan}-01`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const spanOf = (traceId: string, name: string): Promise<ReceivedSpan> => vi.waitFor(() => {
    const span = receiver.spans.find((candidate) => candidate.traceId === traceId && candidate.name === name);
    if (span === undefined) throw new Error(`no span ${name} among ${receiver.spans.filter((candidate) => candidate.traceId === traceId).map((candidate) => candidate.name).join(', ')}`);
    return span;
  }, patience);

  beforeAll(async () => {
    receiver = await startTraceReceiver();
    platform = await start();
    ({ token } = await signUp(platform.url));
  });
  afterAll(async () => {
    await platform.stop();
    await receiver.stop();
    removeFolder(dataDirectory);
  });

  it('lead from a command through step, operation and request to the caller', async () => {
    const answer = await ask('POST', '/api/databases', traceOf('a'), { name: 'traced' });
    expect(answer.status).toBe(201);
    const request = await spanOf(traceOf('a'), 'POST /api/databases');
    expect(request.attributes).toMatchObject({ 'http.route': '/api/databases', 'http.response.status_code': 201, 'freehold.request_id': answer.headers.get('x-request-id') });
    const command = await spanOf(traceOf('a'), 'createUser');
    expect(command.attributes).toMatchObject({ 'db.system.name': 'mongodb', 'db.operation.name': 'createUser', 'db.namespace': 'admin', 'server.address': '127.0.0.1' });
    expect(receiver.lineage(command)).toEqual(['createUser', 'step create_user', 'operation database.create', 'POST /api/databases', callerSpan]);
    expect(receiver.lineage(await spanOf(traceOf('a'), 'insert operations'))).toEqual(['insert operations', 'POST /api/databases', callerSpan]);
  });

  it('name the code of what failed, and hold no secret and no query', async () => {
    const { id, connection_uri: uri } = (await (await ask('POST', '/api/databases', traceOf('b'), { name: 'secret' })).json()) as { id: string; connection_uri: string };
    const { confirm_token: confirmToken } = (await (await ask('DELETE', `/api/databases/${id}`, traceOf('b'))).json()) as { confirm_token: string };
    await ask('DELETE', `/api/databases/${id}?confirm_token=${encodeURIComponent(confirmToken)}`, traceOf('d'));
    await ask('GET', '/api/databases/ffffffff', traceOf('e'));
    expect((await spanOf(traceOf('e'), 'GET /api/databases/:id')).attributes).toMatchObject({ 'error.type': 'DATABASE_NOT_FOUND', 'http.response.status_code': 404 });
    const deletion = await spanOf(traceOf('d'), 'operation database.delete');
    expect(deletion.attributes).toMatchObject({ 'freehold.operation.outcome': 'succeeded', 'freehold.database_id': id });
    await spanOf(traceOf('d'), 'DELETE /api/databases/:id');
    const sent = receiver.text();
    expect(sent).toContain('"authorization":"Bearer receiver"');
    for (const secret of [new URL(uri).password, decodeURIComponent(new URL(uri).password), confirmToken, token]) expect(sent).not.toContain(secret);
  });

  it('of an operation whose process was killed go on in the process that takes it up', async () => {
    await platform.stop();
    platform = await start('database.create:create_user:after');
    await expect(ask('POST', '/api/databases', traceOf('f'), { name: 'interrupted' })).rejects.toThrow();
    await platform.kill();
    platform = await start();
    const operation = await spanOf(traceOf('f'), 'operation database.create');
    expect(operation.attributes).toMatchObject({ 'freehold.operation.is_resumed': true, 'freehold.operation.outcome': 'succeeded' });
    expect(receiver.lineage(await spanOf(traceOf('f'), 'step prove')).slice(0, 2)).toEqual(['step prove', 'operation database.create']);
  });
});
