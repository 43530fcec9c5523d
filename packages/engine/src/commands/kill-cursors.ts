// `killCursors`. Source: the manual's page "killCursors".
import { BsonType } from '../bson/types.js';
import type { RawValue } from '../bson/raw-value.js';
import { DocumentWriter } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import type { CommandContext } from '../dispatch/context.js';
import { CommandError } from '../errors.js';

function cursorIdOf(value: RawValue, index: number): bigint {
  if (value.type !== BsonType.long) throw new CommandError('TypeMismatch', `BSON field 'killCursors.cursors.${index}' is the wrong type, expected type 'long'`);
  return value.int64();
}

/** Closes the cursor where the caller may: it is their own, or they hold `killAnyCursor`. */
function tryToKill(id: bigint, namespace: string, context: CommandContext): 'killed' | 'not-found' {
  const { cursors, access } = context.services;
  const cursor = cursors.find(id);
  if (cursor?.namespace !== namespace) return 'not-found';
  const { user } = context.connection;
  const isOwn = cursor.user?.user === user?.user && cursor.user?.database === user?.database;
  if (!isOwn) {
    const [database = '', ...rest] = namespace.split('.');
    access.authorize(context, [{ resource: { database, collection: rest.join('.') }, actions: ['killAnyCursor'] }]);
  }
  cursors.close(id);
  return 'killed';
}

export const killCursors = defineCommand({
  name: 'killCursors',
  help: 'Closes cursors.',
  fields: { killCursors: { kind: 'string', required: true }, cursors: { kind: 'array', required: true } },
  access: { kind: 'authenticated' },
  inTransactions: true,
  stableApi: true,
  run({ killCursors: collection, cursors }, context) {
    const namespace = `${context.database}.${collection}`;
    const killed: bigint[] = [];
    const notFound: bigint[] = [];
    for (const id of cursors.map(cursorIdOf)) (tryToKill(id, namespace, context) === 'killed' ? killed : notFound).push(id);
    const writer = new DocumentWriter();
    for (const [name, ids] of Object.entries({ cursorsKilled: killed, cursorsNotFound: notFound, cursorsAlive: [], cursorsUnknown: [] })) {
      writer.openArray(name);
      ids.forEach((id, position) => writer.int64(String(position), id));
      writer.close();
    }
    return writer.finish();
  },
});
