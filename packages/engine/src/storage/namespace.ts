// Which names databases and collections may have. Source: the manual's page "MongoDB Limits and Thresholds".
import { CommandError } from '../errors.js';

export const maxDatabaseNameBytes = 63;
export const maxNamespaceBytes = 255;
const forbiddenInDatabaseNames = /[/\\. "$\0]/;

export function namespaceOf(database: string, collection: string): string {
  return `${database}.${collection}`;
}

/** A database and a collection. Throws InvalidNamespace (73) where the text does not name both. */
export function namespaceParts(namespace: string): { readonly database: string; readonly collection: string } {
  const dot = namespace.indexOf('.');
  if (dot <= 0 || dot === namespace.length - 1) throw new CommandError('InvalidNamespace', `Invalid namespace specified '${namespace}'`);
  return { database: namespace.slice(0, dot), collection: namespace.slice(dot + 1) };
}

/** Throws InvalidNamespace (73) where MongoDB would not have a database of that name. */
function checkDatabaseName(database: string): void {
  const isValid = database.length > 0 && Buffer.byteLength(database) <= maxDatabaseNameBytes && !forbiddenInDatabaseNames.test(database);
  if (!isValid) throw new CommandError('InvalidNamespace', `Invalid database name: '${database}'`);
}

/** Throws InvalidNamespace (73) where MongoDB would not create that collection. */
export function checkNamespace(database: string, collection: string): void {
  checkDatabaseName(database);
  const namespace = namespaceOf(database, collection);
  if (collection.length === 0 || collection.startsWith('.') || collection.includes('\0')) {
    throw new CommandError('InvalidNamespace', `Invalid namespace specified '${namespace}'`);
  }
  if (collection.includes('$')) throw new CommandError('InvalidNamespace', `Invalid collection name: ${collection}`);
  if (Buffer.byteLength(namespace) > maxNamespaceBytes) {
    throw new CommandError(
      'InvalidNamespace',
      `Fully qualified namespace is too long. Namespace: ${namespace} Max: ${maxNamespaceBytes}`,
    );
  }
}
