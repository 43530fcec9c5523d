// The pages that are made from the code: path -> contents.
import { errorPage } from '../packages/api/src/error-page.js';
import { eventPage } from '../packages/api/src/event-page.js';
import { renderCliPage } from '../packages/cli/src/reference-page.js';
import { renderEnginePage } from '../packages/engine/src/reference/page.js';
import { renderConfigurationPage } from '../packages/server/src/config/configuration-page.js';
import { renderRateLimitsPage } from '../packages/server/src/config/rate-limits-page.js';

export const generatedPages: Readonly<Record<string, () => string>> = {
  'docs/cli.md': renderCliPage,
  'docs/configuration.md': renderConfigurationPage,
  'docs/engine.md': renderEnginePage,
  'docs/errors.md': errorPage,
  'docs/events.md': eventPage,
  'docs/rate-limits.md': renderRateLimitsPage,
};
