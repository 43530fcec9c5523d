// In a browser zod must not compile its validators: a Content-Security-Policy without `unsafe-eval` reports the attempt.
// Imported before any schema is made, because zod decides when a schema is made.
import * as z from 'zod';

if ('document' in globalThis) z.config({ jitless: true });
