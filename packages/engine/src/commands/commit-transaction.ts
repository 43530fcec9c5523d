// `commitTransaction`. Source: the manual's page "commitTransaction".
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { transactionOf } from '../dispatch/transaction-rules.js';

export const commitTransaction = defineCommand({
  name: 'commitTransaction',
  help: 'Makes all changes of a transaction durable and visible; again and again if asked again.',
  fields: {
    commitTransaction: 'any',
    txnNumber: 'any',
    // For sharded clusters, where another server may have to find out how it ended.
    recoveryToken: { kind: 'any', ignored: true },
  },
  access: { kind: 'authenticated' },
  adminOnly: true,
  stableApi: true,
  async run({ txnNumber }, context) {
    const { services } = context;
    const { sessionKey, number } = transactionOf(context, txnNumber);
    await services.server.writeGate.pass(() => services.transactions.commit(sessionKey, number));
    return emptyDocument;
  },
});
