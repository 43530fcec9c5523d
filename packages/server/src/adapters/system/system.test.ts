import { describe, expect, it } from 'vitest';
import { systemClock } from './clock.js';
import { systemIdentifiers } from './identifiers.js';

describe('the machine’s clock', () => {
  it('wakes a sleeper when it is told to stop, before or during its sleep', async () => {
    const controller = new AbortController();
    const sleeping = systemClock.sleep(3_600_000, controller.signal);
    controller.abort();
    await sleeping;
    await systemClock.sleep(3_600_000, controller.signal);
    await systemClock.sleep(0);
  });
});

describe('random identifiers', () => {
  it('are long enough, differ, and do not show', () => {
    const passwords = new Set(Array.from({ length: 100 }, () => systemIdentifiers.password().reveal()));
    expect(passwords.size).toBe(100);
    for (const password of passwords) expect(password).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(systemIdentifiers.token().reveal()).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(String(systemIdentifiers.token())).toBe('[secret]');
    expect(systemIdentifiers.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  });
});
