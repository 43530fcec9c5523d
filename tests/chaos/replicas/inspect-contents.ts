// Every acknowledged write of a database that was moved is there exactly once, and apps point at the database they should, with a URI that opens it.
import { MongoClient, type Db } from 'mongodb';
import { newestUri, type KnownApp } from './apps.js';
import type { Account } from './inspection.js';
import type { KnownDatabase } from './person.js';

async function numberViolations({ id, uri, numbers }: KnownDatabase): Promise<readonly string[]> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5000 });
  try {
    const found = await client.db().collection('numbers').find().toArray();
    const collections = (await client.db().listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name).filter((name) => name.startsWith('freehold_'));
    return [...numbers.violations(found.map(({ n }) => Number(n))), ...collections.map((name) => `has ${name} left over`)].map((what) => `${id} ${what}`);
  } catch (error) {
    return [`${id} could not be read: ${String(error)}`];
  } finally {
    await client.close();
  }
}

async function appViolations(control: Db, app: KnownApp, databases: readonly KnownDatabase[]): Promise<readonly string[]> {
  const record = await control.collection<{ _id: string }>('apps').findOne({ _id: app.id });
  if (record === null) return [`the app ${app.id} is lost`];
  const violations = (record as { database_id?: string | null }).database_id === app.databaseId ? [] : [`the app ${app.id} is bound to ${String((record as { database_id?: unknown }).database_id)} and was acknowledged with ${String(app.databaseId)}`];
  const database = databases.find(({ id }) => id === app.databaseId);
  if (!app.isDeployed || database?.state !== 'active') return violations;
  const uri = newestUri(app);
  if (uri === undefined) return [...violations, `the app ${app.id} was deployed and has no URI`];
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5000 });
  try {
    const found = await client.db().collection('sentinel').findOne();
    if (found?.['n'] !== database.sentinel) violations.push(`the app ${app.id} has a URI that opens another database than ${database.id}`);
  } catch (error) {
    violations.push(`the app ${app.id} has a URI that does not open ${database.id}: ${String(error)} (${String((record as { status?: unknown }).status)})`);
  } finally {
    await client.close();
  }
  return violations;
}

export async function contentViolations(control: Db, { people }: Account): Promise<readonly string[]> {
  const databases = people.flatMap((person) => person.databases);
  const found = await Promise.all([
    ...databases.filter(({ state }) => state === 'active').map(numberViolations),
    ...people.flatMap(({ apps }) => apps.present).map((app) => appViolations(control, app, databases)),
  ]);
  return found.flat();
}
