// `abortTransaction`. Source: the manual's page "abortTransaction".
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { transactionOf } from '../dispatch/transaction-rules.js';

export const abortTransaction = defineCommand({
  name: 'abortTransaction',
  help: 'Undoes all changes of a transaction.',
  fields: {
    abortTransaction: 'any',
    txnNumber: 'any',
    // For sharded clusters, where another server may have to find out how it ended.
    recoveryToken: { kind: 'any', ignored: true },
  },
  access: { kind: 'authenticated' },
  adminOnly: true,
  stableApi: true,
  run({ txnNumber }, context) {
    const { sessionKey, number } = transactionOf(context, txnNumber);
    context.services.transactions.abort(sessionKey, number);
    return emptyDocument;
  },
});
