// How operations on databases reach the apps that use them (R9: redeploy on rotation and on move).

export interface AppRedeployer {
  /**
   * Deploys the running ones among these apps again, with the credential their database has now. Idempotent. An app that
   * fails to come up is the app's failure, recorded with the app; it does not fail the call.
   */
  redeploy(userId: string, appIds: readonly string[]): Promise<void>;
}
