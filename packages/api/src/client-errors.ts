// What the client makes of answers that are errors.
import { ApiError, isErrorCode } from './errors.js';
import { errorBodySchema } from './resources/error.js';

/** The error that an answer tells of; one that nothing of ours wrote gives a code that fits its status. */
export async function errorOf(response: Response): Promise<ApiError> {
  const parsed = errorBodySchema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) return unreadable(response);
  const { code, message, details } = parsed.data.error;
  if (isErrorCode(code)) return new ApiError(code, details, { message });
  return new ApiError(response.status < 500 ? 'VALIDATION_FAILED' : 'INTERNAL_ERROR', { ...details, code }, { message });
}

/** Whether the same call may go better later. */
export function isTransient(error: ApiError): boolean {
  return error.code === 'IDEMPOTENCY_IN_PROGRESS' || (error.status === 503 && error.code !== 'CLUSTER_CAPACITY_EXHAUSTED');
}

/** Something between here and the server answered, or the two are of versions too far apart. */
export function unreadable(response: Response): ApiError {
  const code = response.status === 502 || response.status === 503 || response.status === 504 ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_ERROR';
  return new ApiError(code, { status: response.status }, { message: `The answer with status ${response.status} is not one of this API.` });
}
