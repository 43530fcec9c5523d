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

interface Named<Item> {
  readonly list: (query: { readonly search: string; readonly limit: number; readonly offset: number }) => Promise<{ readonly items: readonly Item[]; readonly total: number }>;
  readonly get: (query: { readonly id: string }) => Promise<Item>;
  readonly longestId: number;
  readonly absent: (nameOrId: string) => ApiError;
}

/** The one of this name, in any case, before the one of this id. */
async function findNamed<Item extends { readonly name: string }>({ list, get, longestId, absent }: Named<Item>, nameOrId: string): Promise<Item> {
  for await (const item of allOf((offset) => list({ search: nameOrId.slice(0, 100), limit: pageSize, offset }))) {
    if (item.name.toLowerCase() === nameOrId.toLowerCase()) return item;
  }
  if (nameOrId.length > longestId || !/^[a-zA-Z0-9_-]+$/u.test(nameOrId)) throw absent(nameOrId);
  return get({ id: nameOrId });
}

/** The caller's database of this name (in any case) or id. Throws DATABASE_NOT_FOUND. */
export function findDatabase({ databases }: Client, nameOrId: string): Promise<Database> {
  return findNamed<Database>({ list: databases.list, get: databases.get, longestId: 32, absent: (database) => new ApiError('DATABASE_NOT_FOUND', { database }) }, nameOrId);
}

/** The caller's app of this name (in any case) or id. Throws APP_NOT_FOUND. */
export function findApp({ apps }: Client, nameOrId: string): Promise<App> {
  return findNamed<App>({ list: apps.list, get: apps.get, longestId: 64, absent: (app) => new ApiError('APP_NOT_FOUND', { app }) }, nameOrId);
}

/** The user of this e-mail address (in any case) or id, for operators. Throws USER_NOT_FOUND. */
export async function findUser(client: Client, emailOrId: string): Promise<AdminUser> {
  const { items } = await client.admin.listUsers({ search: emailOrId.slice(0, 254), limit: 100 });
  const found = items.find(({ id, email }) => id === emailOrId || email.toLowerCase() === emailOrId.toLowerCase());
  if (found === undefined) throw new ApiError('USER_NOT_FOUND', { user: emailOrId });
  return found;
}
