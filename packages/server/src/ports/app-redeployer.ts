// How operations on databases reach the apps that use them (R9: redeploy on rotation and on move).

/** A credential as it is stored with a database. */
export interface StoredCredential {
  readonly mongo_username: string;
  /** Envelope of the keyring. */
  readonly mongo_password_encrypted: string;
}

export type MoveOutcome =
  | { readonly kind: 'healthy' }
  /** It runs nowhere, or uses another database by now. */
  | { readonly kind: 'not_concerned' }
  /** `wasHealthy`: its deployer did not know of anything wrong with it before. */
  | { readonly kind: 'unhealthy'; readonly name: string; readonly reason: string; readonly wasHealthy: boolean };

export interface AppRedeployer {
  /**
   * Deploys the running ones among these apps again, with the credential their database has now. Idempotent. An app that
   * fails to come up is the app's failure, recorded with the app; it does not fail the call.
   */
  redeploy(userId: string, appIds: readonly string[]): Promise<void>;
  /**
   * Deploys one app again with a credential of its database that is not the current one yet, and waits for its deployer's health
   * check. Idempotent: an app that runs healthily with this credential is left alone.
   */
  move(userId: string, appId: string, databaseId: string, to: StoredCredential): Promise<MoveOutcome>;
}
