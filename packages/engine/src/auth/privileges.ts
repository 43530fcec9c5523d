// Privileges: what may be done to which resource. Source: the manual's pages "Privilege Actions" and "Resource Document".

/** A privilege action by MongoDB's name, e.g. `find`, `insert`, `createUser`. */
export type Action = string;

export type Resource =
  /** `database: ''` with `collection: ''` is every database's ordinary collections, as in MongoDB. */
  | { readonly database: string; readonly collection: string }
  | { readonly cluster: true }
  | { readonly anyResource: true };

export interface Privilege {
  readonly resource: Resource;
  readonly actions: readonly Action[];
}
