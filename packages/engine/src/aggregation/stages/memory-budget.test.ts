import { expect, it } from 'vitest';
import { MemoryPool, type WorkingMemory } from '../working-memory.js';
import { MemoryBudget } from './memory-budget.js';

const mebibyte = 1024 * 1024;
const budgetIn = (pool: MemoryPool): MemoryBudget => {
  const memory: WorkingMemory = { stageLimitBytes: 100 * mebibyte, sortLimitBytes: 100 * mebibyte, pool, disk: undefined };
  return new MemoryBudget({ memory, sources: { checkInterrupt: () => undefined } }, memory.stageLimitBytes, () => 'too much for one');
};

it('operations that together hold too much are refused, but for small ones, until others let go', () => {
  const pool = new MemoryPool(50 * mebibyte);
  const [large, other, small] = [budgetIn(pool), budgetIn(pool), budgetIn(pool)];
  large.add(40 * mebibyte);
  expect(other.hold(20 * mebibyte)).toBe(false);
  expect(() => other.refuse()).toThrow(expect.objectContaining({ code: 146 }) as Error);
  expect(small.hold(2 * mebibyte)).toBe(true);
  large.close();
  expect(other.hold(20 * mebibyte)).toBe(true);
  other.close();
  small.close();
  expect(pool.heldBytes).toBe(0);
});

it('one that goes on beyond its limit may do so as long as others leave room', () => {
  const pool = new MemoryPool(300 * mebibyte);
  const [large, other] = [budgetIn(pool), budgetIn(pool)];
  expect(large.hold(200 * mebibyte)).toBe(false);
  expect(large.isBearable(10)).toBe(true);
  other.hold(90 * mebibyte);
  expect(large.hold(20 * mebibyte)).toBe(false);
  expect(large.isBearable(10)).toBe(false);
  expect(() => large.refuse()).toThrow(expect.objectContaining({ code: 146 }) as Error);
});

it('one operation that holds too much by itself is told so', () => {
  const budget = budgetIn(new MemoryPool(Number.POSITIVE_INFINITY));
  expect(() => budget.add(101 * mebibyte)).toThrow(expect.objectContaining({ code: 292, message: 'too much for one' }) as Error);
});
