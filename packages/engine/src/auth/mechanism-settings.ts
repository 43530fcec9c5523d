// What the server parameters say about authentication: which mechanisms there are, and how slow new credentials are to try.
import type { ServerParameters } from '../dispatch/parameters.js';
import { scramMechanisms, type IterationCounts, type ScramMechanism } from './scram.js';

export interface MechanismSettings {
  isEnabled(mechanism: string): boolean;
  /** The SCRAM mechanisms that are enabled. */
  scramMechanisms(): readonly ScramMechanism[];
  iterationCounts(): IterationCounts;
}

/** As they are now: some of the parameters change while the engine runs. */
export function mechanismSettings(parameters: ServerParameters): MechanismSettings {
  const isEnabled = (mechanism: string): boolean => parameters.texts('authenticationMechanisms').includes(mechanism);
  return {
    isEnabled,
    scramMechanisms: () => scramMechanisms.filter(isEnabled),
    iterationCounts: () => ({ 'SCRAM-SHA-1': parameters.number('scramIterationCount'), 'SCRAM-SHA-256': parameters.number('scramSHA256IterationCount') }),
  };
}
