// The error catalogue as a page of the documentation.
import { type ErrorDefinition, errorCatalogue } from './errors.js';
import { errorsOf, itemErrorsOf } from './route.js';
import { routeList } from './routes.js';

const statusNames: Readonly<Record<number, string>> = {
  400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 409: 'Conflict', 413: 'Content Too Large',
  415: 'Unsupported Media Type', 423: 'Locked', 429: 'Too Many Requests', 500: 'Internal Server Error', 503: 'Service Unavailable', 507: 'Insufficient Storage',
};

const opening = `# Errors

<!-- Made from packages/api/src/errors.ts by \`npm run docs\`; change it there. -->

Every error answer has one form, whatever went wrong:

\`\`\`json
{"error": {"code": "DATABASE_NOT_FOUND", "message": "You have no database with this id.", "details": {}}}
\`\`\`

Programs decide by \`code\`; \`message\` is for people and may change; \`details\` is an object that says more where there is more to
say. \`Retry-After\` comes with every answer that is worth repeating. Somebody else's id answers exactly as one that does not exist.
`;

/** The text of docs/errors.md. */
export function errorPage(): string {
  const entries = Object.entries<ErrorDefinition>(errorCatalogue);
  const statuses = [...new Set(entries.map(([, { status }]) => status))].toSorted((left, right) => left - right);
  const sections = statuses.map((status) => {
    const ofStatus = entries.filter(([, definition]) => definition.status === status).map(([code, definition]) => section(code, definition));
    return [`## ${status} ${statusNames[status] ?? ''}`, ...ofStatus].join('\n\n');
  });
  return `${[opening.trimEnd(), ...sections].join('\n\n')}\n`;
}

function section(code: string, { message, remedy }: ErrorDefinition): string {
  return `### \`${code}\`\n\n${message}\n\n**What to do.** ${remedy}\n\n**Calls.** ${callsOf(code)}`;
}

function callsOf(code: string): string {
  const calls = routeList.filter((route) => errorsOf(route).some((each) => each === code));
  const inResults = routeList.filter((route) => itemErrorsOf(route).some((each) => each === code)).map((route) => ` In single results of \`${route.method} ${route.path}\` too.`).join('');
  return `${namesOf(calls)}${inResults}`;
}

function namesOf(calls: typeof routeList): string {
  if (calls.length === 0) return 'Those to addresses or with methods that are not in the API.';
  if (calls.length === routeList.length) return 'All.';
  if (calls.length > 12) return `${calls.length} calls; see the reference at \`/api/docs\`.`;
  return `${calls.map((route) => `\`${route.method} ${route.path}\``).join(', ')}.`;
}
