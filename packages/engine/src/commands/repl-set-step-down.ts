// `replSetStepDown`: the only member of a set steps down only where it is forced to, and is elected again at once, there being
// nobody else. Source: the manual's page "replSetStepDown".
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const replSetStepDown = defineCommand({
  name: 'replSetStepDown',
  help: 'Steps down where it is forced to; the engine, the only member, is primary again at once.',
  fields: { replSetStepDown: { kind: 'number', required: true }, secondaryCatchUpPeriodSecs: 'number', force: 'boolean' },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['replSetStateChange'] }] },
  adminOnly: true,
  run({ replSetStepDown: period_s, secondaryCatchUpPeriodSecs: catchUp_s = 10, force }, { services }) {
    if (period_s < 0) throw new CommandError('BadValue', 'stepdown period must be a positive integer');
    if (force !== true && catchUp_s > period_s) throw new CommandError('BadValue', 'stepdown period must be longer than secondaryCatchUpPeriodSecs');
    if (force !== true) {
      throw new CommandError(
        'ExceededTimeLimit',
        'No electable secondaries caught up. Please use the replSetStepDown command with the argument {force: true} to force node to step down.',
      );
    }
    // What was open in the term that ends ends with it.
    services.transactions.abortAll();
    return emptyDocument;
  },
});
