// The API client of the page: with the session's token, ending the session where the platform refuses it.
import { createClient } from '@freehold/api';
import { sessionStore } from '../session/session-store.js';

export const client = createClient({
  baseUrl: '',
  token: () => sessionStore.current()?.token,
  fetch: async (input, init) => {
    const response = await fetch(input, init);
    if (response.status === 401 && sessionStore.current() !== undefined) sessionStore.end();
    return response;
  },
});
