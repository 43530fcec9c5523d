// `features`: kept for old shells that ask for it.
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';

export const features = defineCommand({
  name: 'features',
  help: 'Says which optional features the server was built with.',
  fields: { features: 'any' },
  access: { kind: 'public' },
  run: () => encodeDocument({ js: false }),
});
