// The way in which MongoDB reports what is wrong inside the specification of a stage.
import { CommandError } from '../../errors.js';

/** Runs `compile`; an error of it becomes `Invalid <stage> :: caused by :: ...` with its code kept. */
export function inStage<T>(name: string, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new CommandError(error.code, `Invalid ${name} :: caused by :: ${error.message}`);
  }
}
