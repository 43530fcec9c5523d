import { ObjectId, type CommandStartedEvent } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../ports/audit.js';
import { startTestCluster, type TestCluster } from '../../testing/start-test-cluster.js';
import { connectControlDatabase, type ControlConnection } from './control-database.js';

function connectionRead(databaseId: string): AuditEvent {
  const origin = { actor_user_id: 'u', credential: { kind: 'session', id: 's' }, request_id: 'r', remote_address: '192.0.2.1' };
  return { action: 'database.connection_read', origin, userId: 'u', subject: { kind: 'database', id: databaseId }, at: new Date(), details: {} };
}

describe('audit events that come at once', () => {
  let cluster: TestCluster;
  let connection: ControlConnection;
  let writeCount = 0;

  beforeAll(async () => {
    cluster = await startTestCluster();
    connection = await connectControlDatabase({ uri: cluster.uri, databaseName: `freehold_test_${new ObjectId().toHexString()}`, monitorCommands: true });
    connection.client.on('commandStarted', ({ command }: CommandStartedEvent) => {
      if (command['insert'] === 'audit_events') writeCount += 1;
    });
  });
  beforeEach(() => {
    writeCount = 0;
  });
  afterAll(async () => {
    await connection.db.dropDatabase();
    await connection.close();
    await cluster.stop();
  });

  it('are all kept, in few writes', async () => {
    const { audit } = connection.control;
    await Promise.all(Array.from({ length: 40 }, () => audit.record(connectionRead('many'))));
    expect(await audit.ofSubject('u', 'many', 100)).toHaveLength(40);
    expect(writeCount).toBeLessThan(5);
  });

  it('are there for each caller as soon as its own is recorded', async () => {
    const { audit } = connection.control;
    const found = await Promise.all(Array.from({ length: 8 }, async (_, n) => {
      await audit.record(connectionRead(`own-${n}`));
      return (await audit.ofSubject('u', `own-${n}`, 2)).length;
    }));
    expect(found).toEqual(Array.from({ length: 8 }, () => 1));
  });

  it('fail together with their write, and leave the next ones alone', async () => {
    const { audit } = connection.control;
    const unwritable = { ...connectionRead('refused'), details: { text: 'x'.repeat(17 * 1024 * 1024) } };
    const outcomes = await Promise.allSettled([audit.record(unwritable), audit.record(connectionRead('beside'))]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await audit.record(connectionRead('later'));
    expect(await audit.ofSubject('u', 'later', 2)).toHaveLength(1);
  });
});
