// `setFeatureCompatibilityVersion`: the engine has one version of its features; to set that one is to change nothing.
// Source: the manual's page "setFeatureCompatibilityVersion".
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { featureVersion } from '../dispatch/server-state.js';
import { CommandError } from '../errors.js';

export const setFeatureCompatibilityVersion = defineCommand({
  name: 'setFeatureCompatibilityVersion',
  help: 'Takes the version that the engine has; there is no other one.',
  fields: { setFeatureCompatibilityVersion: { kind: 'string', required: true }, confirm: 'boolean', fromConfigServer: { kind: 'any', ignored: true } },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['setFeatureCompatibilityVersion'] }] },
  adminOnly: true,
  run({ setFeatureCompatibilityVersion: version, confirm }) {
    if (version !== featureVersion) throw new CommandError('CommandNotSupported', `the engine has feature compatibility version ${featureVersion} and no other one, not '${version}'`);
    if (confirm !== true) {
      throw new CommandError(7369100, 'Once you have upgraded to 8.0, you will not be able to downgrade FCV and binary version without support assistance. Please re-run this command with \'confirm: true\' to acknowledge this.');
    }
    return emptyDocument;
  },
});
