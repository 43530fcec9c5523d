import { describe, expect, it } from 'vitest';
import { emptyDocument } from '../bson/writer.js';
import type { Connection } from './connection.js';
import { OperationRegistry, turnLimit_ms, type RunningOperation } from './operations.js';

const expired = expect.objectContaining({ codeName: 'MaxTimeMSExpired' }) as unknown;

function started(): { readonly clock: { now: number }; readonly registry: OperationRegistry; readonly operation: RunningOperation } {
  const clock = { now: 1000 };
  const registry = new OperationRegistry({ now_ms: () => clock.now });
  const operation = registry.start({ connection: {} as Connection, commandName: 'find', namespace: 'a.b', body: emptyDocument, sessionKey: undefined });
  return { clock, registry, operation };
}

describe('an operation', () => {
  it('ends when its time is up', () => {
    const { clock, registry, operation } = started();
    operation.deadline_ms = 1500;
    registry.check(operation);
    clock.now = 1500;
    expect(() => registry.check(operation)).toThrow(expired);
  });

  it('that is finished leaves its time behind: cursors read on under the limits of others', () => {
    const { clock, registry, operation } = started();
    operation.deadline_ms = 1500;
    registry.finish(operation);
    clock.now = 5000;
    expect(() => registry.check(operation)).not.toThrow();
  });

  it('may not keep the event loop for longer than a turn, whatever its time', async () => {
    const { clock, registry, operation } = started();
    registry.checkTurn(operation);
    clock.now += turnLimit_ms - 1;
    registry.checkTurn(operation);
    clock.now += 1;
    expect(() => registry.checkTurn(operation)).toThrow(expired);
    await new Promise((resolve) => setImmediate(resolve));
    expect(() => registry.checkTurn(operation)).not.toThrow();
  });
});
