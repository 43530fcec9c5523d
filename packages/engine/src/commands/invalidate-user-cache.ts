// `invalidateUserCache`. Source: the manual's page "invalidateUserCache".
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';

export const invalidateUserCache = defineCommand({
  name: 'invalidateUserCache',
  help: 'Reads users and roles anew; changes by commands count at once without it.',
  fields: { invalidateUserCache: 'any' },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['invalidateUserCache'] }] },
  adminOnly: true,
  run(_fields, { services }) {
    services.users.forgetAll();
    return emptyDocument;
  },
});
