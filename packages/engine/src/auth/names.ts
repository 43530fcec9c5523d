// Names of users and roles: a name and the database that defines it. Source: the manual's page "system.users Collection".

export interface UserName {
  readonly user: string;
  readonly database: string;
}

export interface RoleName {
  readonly role: string;
  readonly database: string;
}

/** `_id` of the user's document in `admin.system.users`; database names hold no dot, so it is unambiguous. */
export function userId(name: UserName): string {
  return `${name.database}.${name.user}`;
}

/** `_id` of the role's document in `admin.system.roles`. */
export function roleId(name: RoleName): string {
  return `${name.database}.${name.role}`;
}

/** As MongoDB's messages write names. */
export function displayUser(name: UserName): string {
  return `${name.user}@${name.database}`;
}

export function displayRole(name: RoleName): string {
  return `${name.role}@${name.database}`;
}
