// The variables of an app's environment often are secrets: they are stored as envelopes of the keyring, and opened only to
// deploy the app or to show them to their owner (R2.4).
import { z } from 'zod';

const withEnvironment = z.looseObject({ env: z.record(z.string(), z.string()).optional() });

type Spec = Readonly<Record<string, unknown>>;
type Conversion = (value: string, place: string) => string;

/** The place of a variable as AAD: bound to user, app and name. */
function variablePlace(userId: string, appId: string, name: string): string {
  return JSON.stringify(['app', userId, appId, 'env', name]);
}

/** The spec with every variable's value converted: sealed with the keyring's `encrypt`, opened with its `decrypt`. */
export function convertEnvironment(spec: Spec, owner: { readonly userId: string; readonly appId: string }, convert: Conversion): Spec {
  const { env, ...rest } = withEnvironment.parse(spec);
  if (env === undefined) return rest;
  const converted = Object.entries(env).map(([name, value]) => [name, convert(value, variablePlace(owner.userId, owner.appId, name))]);
  return { ...rest, env: Object.fromEntries(converted) as Record<string, string> };
}
