// Finds what people name: databases and apps by their name or id.
import { ApiError, type AdminUser, type App, type Client, type Database } from '@freehold/api';

const pageSize = 100;

/** Every item of a list, page after page: each page says whether there is another, so they cannot be asked for at once. */
async function* allOf<Item>(page: (offset: number) => Promise<{ readonly items: readonly Item[]; readonly total: number }>): AsyncGenerator<Item> {
  let offset = 0;
  let total: number;
  do {
    const answer = await page(offset);
    yield* answer.items;
    total = answer.total;
    offset += pageSize;
  } while (offset < total);
}

/** The caller's database of this name (in any case) or id. Throws DATABASE_NOT_FOUND. */
export async function findDatabase(client: Client, nameOrId: string): Promise<Database> {
  for await (const database of allOf((offset) => client.databases.list({ search: nameOrId.slice(0, 100), limit: pageSize, offset }))) {
    if (database.name.toLowerCase() === nameOrId.toLowerCase()) return database;
  }
  if (!/^[a-zA-Z0-9_-]{1,32}$/u.test(nameOrId)) throw new ApiError('DATABASE_NOT_FOUND', { database: nameOrId });
  return client.databases.get({ id: nameOrId });
}

/** The caller's app of this name (in any case) or id. Throws APP_NOT_FOUND. */
export async function findApp(client: Client, nameOrId: string): Promise<App> {
  for await (const app of allOf((offset) => client.apps.list({ search: nameOrId.slice(0, 100), limit: pageSize, offset }))) {
    if (app.name.toLowerCase() === nameOrId.toLowerCase()) return app;
  }
  if (!/^[a-zA-Z0-9_-]{1,64}$/u.test(nameOrId)) throw new ApiError('APP_NOT_FOUND', { app: nameOrId });
  return client.apps.get({ id: nameOrId });
}

/** The user of this e-mail address (in any case) or id, for operators. Throws USER_NOT_FOUND. */
export async function findUser(client: Client, emailOrId: string): Promise<AdminUser> {
  const { items } = await client.admin.listUsers({ search: emailOrId.slice(0, 254), limit: 100 });
  const found = items.find(({ id, email }) => id === emailOrId || email.toLowerCase() === emailOrId.toLowerCase());
  if (found === undefined) throw new ApiError('USER_NOT_FOUND', { user: emailOrId });
  return found;
}
