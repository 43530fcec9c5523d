// Users and roles with what follows from them, kept in memory for the connections that use them and read anew after every
// change, so that a dropped user or a revoked role counts from the next command on.
import type { ReadUnit, Storage, WriteUnit } from '../storage/units.js';
import { findRoleRecord, findUserRecord, hasUserRecords } from './authorization-records.js';
import { userId, type RoleName, type UserName } from './names.js';
import { PrivilegeSet } from './privilege-set.js';
import { resolveRoles, type ResolvedRoles } from './role-resolution.js';
import { readRole, readUser, type StoredRole, type StoredUser } from './stored-user.js';

/** A user with what all of the roles come to. */
export interface EffectiveUser extends StoredUser {
  readonly resolved: ResolvedRoles;
  readonly privileges: PrivilegeSet;
}

/** Users kept in memory; beyond it the one that was read first makes room. */
const cachedUsersMax = 20_000;

export class UserDirectory {
  private readonly cached = new Map<string, EffectiveUser>();
  private sawUsers = false;

  constructor(private readonly storage: Storage) {}

  /** The user as of the latest commit, or undefined. */
  find(name: UserName): EffectiveUser | undefined {
    const id = userId(name);
    const known = this.cached.get(id);
    if (known !== undefined) return known;
    const user = this.read((unit) => this.load(unit, name));
    if (user === undefined) return undefined;
    if (this.cached.size >= cachedUsersMax) {
      const oldest = this.cached.keys().next();
      if (oldest.done !== true) this.cached.delete(oldest.value);
    }
    this.cached.set(id, user);
    return user;
  }

  /** Whether there is, or was since the start, any user: the localhost exception ends with the first one. */
  hasUsers(): boolean {
    this.sawUsers ||= this.read(hasUserRecords);
    return this.sawUsers;
  }

  read<T>(work: (unit: ReadUnit) => T): T {
    const snapshot = this.storage.openSnapshot();
    try {
      return work(snapshot);
    } finally {
      snapshot.close();
    }
  }

  /** Changes one user's document; others keep what is cached of them. */
  async changeUser<T>(name: UserName, work: (unit: WriteUnit) => T): Promise<T> {
    try {
      return await this.storage.write(work);
    } finally {
      this.cached.delete(userId(name));
    }
  }

  /** Changes roles or many users. */
  async changeAll<T>(work: (unit: WriteUnit) => T): Promise<T> {
    try {
      return await this.storage.write(work);
    } finally {
      this.forgetAll();
    }
  }

  /** Reads everything anew: for changes that did not come through this class. */
  forgetAll(): void {
    this.cached.clear();
  }

  private load(unit: ReadUnit, name: UserName): EffectiveUser | undefined {
    const document = findUserRecord(unit, name);
    if (document === undefined) return undefined;
    const user = readUser(document);
    const resolved = resolveRoles(user.roles, (role) => storedRole(unit, role));
    return { ...user, resolved, privileges: new PrivilegeSet(resolved.privileges) };
  }
}

/** A user-defined role, as the unit sees it. */
export function storedRole(unit: ReadUnit, name: RoleName): StoredRole | undefined {
  const document = findRoleRecord(unit, name);
  return document === undefined ? undefined : readRole(document);
}
