// The privileges of a user as a set that answers quickly whether an action on a resource is among them.
// Source: the manual's page "Resource Document": which resources cover which.
import type { Action, Privilege, Resource } from './privileges.js';

const anyResourceKey = '*';
const clusterKey = '#';

function namespaceKey(database: string, collection: string): string {
  return `${database}\0${collection}`;
}

function resourceKey(resource: Resource): string {
  if ('cluster' in resource) return clusterKey;
  if ('anyResource' in resource) return anyResourceKey;
  return namespaceKey(resource.database, resource.collection);
}

/** Collections of the system's own are covered by their name only, not by "all collections". */
function isSystemCollection(database: string, collection: string): boolean {
  return collection.startsWith('system.') || (database === 'local' && collection.startsWith('replset.'));
}

/** "All databases" leaves these two out, as MongoDB's built-in roles do. */
function isInternalDatabase(database: string): boolean {
  return database === 'local' || database === 'config';
}

function covers(granted: string, database: string): boolean {
  return granted === database || (granted === '' && !isInternalDatabase(database));
}

export class PrivilegeSet {
  private readonly actionsByResource = new Map<string, Set<Action>>();
  private readonly resources = new Map<string, Resource>();

  constructor(privileges: Iterable<Privilege>) {
    for (const privilege of privileges) this.add(privilege);
  }

  /** Whether every action of the privilege is covered. */
  has(privilege: Privilege): boolean {
    return privilege.actions.every((action) => this.allows(privilege.resource, action));
  }

  allows(resource: Resource, action: Action): boolean {
    if (this.holds(anyResourceKey, action)) return true;
    if ('anyResource' in resource) return false;
    if ('cluster' in resource) return this.holds(clusterKey, action);
    const { database, collection } = resource;
    if (this.holds(namespaceKey(database, collection), action)) return true;
    if (isSystemCollection(database, collection)) return this.holds(namespaceKey('', collection), action);
    return (
      this.holds(namespaceKey(database, ''), action) ||
      (!isInternalDatabase(database) && this.holds(namespaceKey('', ''), action)) ||
      (collection !== '' && this.holds(namespaceKey('', collection), action))
    );
  }

  /** Whether anything at all is allowed in the database. */
  touches(database: string): boolean {
    for (const resource of this.resources.values()) {
      if ('anyResource' in resource) return true;
      if ('database' in resource && covers(resource.database, database)) return true;
    }
    return false;
  }

  /** Collections of the database with a privilege of their own; 'all' where a privilege covers the whole database. */
  collectionsIn(database: string): ReadonlySet<string> | 'all' {
    const names = new Set<string>();
    for (const resource of this.resources.values()) {
      if ('anyResource' in resource) return 'all';
      if (!('database' in resource) || !covers(resource.database, database)) continue;
      if (resource.collection === '') return 'all';
      names.add(resource.collection);
    }
    return names;
  }

  /** One privilege per resource, for `usersInfo` and `connectionStatus`. */
  list(): Privilege[] {
    return [...this.resources].map(([key, resource]) => ({
      resource,
      actions: [...(this.actionsByResource.get(key) ?? [])].sort(),
    }));
  }

  private add(privilege: Privilege): void {
    const key = resourceKey(privilege.resource);
    let actions = this.actionsByResource.get(key);
    if (actions === undefined) {
      actions = new Set();
      this.actionsByResource.set(key, actions);
      this.resources.set(key, privilege.resource);
    }
    for (const action of privilege.actions) actions.add(action);
  }

  private holds(key: string, action: Action): boolean {
    return this.actionsByResource.get(key)?.has(action) ?? false;
  }
}
