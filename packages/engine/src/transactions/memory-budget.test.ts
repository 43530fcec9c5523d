import { expect, it } from 'vitest';
import { MemoryBudget } from './memory-budget.js';

it('what transactions hold together is bounded, and what one gives back another may have', () => {
  const memory = new MemoryBudget(100);
  memory.take(60);
  expect(() => memory.take(41)).toThrow(expect.objectContaining({ code: 146, labels: ['TransientTransactionError'] }) as Error);
  memory.take(40);
  memory.giveBack(60);
  memory.take(60);
});
