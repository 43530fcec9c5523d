// The error catalogue: every code the API answers with, its HTTP status, its words, and what the caller can do about it.
// docs/errors.md is generated from this table (R4.5).

export interface ErrorDefinition {
  readonly status: number;
  /** Words of the answer. */
  readonly message: string;
  readonly remedy: string;
}

/** Every code, once. */
export const errorCatalogue = {
  VALIDATION_FAILED: {
    status: 400,
    message: 'The request does not have the form this call expects.',
    remedy: 'Each entry of `details.issues` names a field (`path`) and what is wrong with it. Correct them and send the request again.',
  },
  MALFORMED_JSON: { status: 400, message: 'The request body is not valid JSON.', remedy: 'Send one JSON object, encoded as UTF-8.' },
  CONFIRM_TOKEN_INVALID: {
    status: 400,
    message: 'The confirm token does not fit this deletion: it is unknown, expired, used already, or the database has changed since.',
    remedy: 'Call DELETE without `confirm_token` to see what would be deleted and to get a new token; it is valid once, for 10 minutes.',
  },
  LEGACY_SOURCE_UNKNOWN: {
    status: 400,
    message: 'There is no legacy source of this name.',
    remedy: '`details.known` lists those of FREEHOLD_LEGACY_SOURCES. URIs are settings, so that they are in no request.',
  },
  LEGACY_CIPHER_UNKNOWN: {
    status: 400,
    message: 'The platform has no legacy cipher of this name, or none at all.',
    remedy: '`details.known` lists those of FREEHOLD_LEGACY_CIPHERS. Keys are settings, so that they are in no request.',
  },
  WEBHOOK_URL_REFUSED: {
    status: 400,
    message: 'Events may not be sent to this address.',
    remedy: 'Use an `https://` address that is reachable from the internet; `details.reason` says what is wrong with this one.',
  },
  UNAUTHENTICATED: {
    status: 401,
    message: 'This call needs a valid session token or API token.',
    remedy: 'Sign in, and send the token as `Authorization: Bearer <token>`.',
  },
  INVALID_CREDENTIALS: { status: 401, message: 'The e-mail address or the password is wrong.', remedy: 'Check both. An account that does not exist, or that an operator has disabled, answers the same: if you are sure of the password, ask the operator.' },
  FORBIDDEN: {
    status: 403,
    message: 'This credential may not make this call.',
    remedy: '`details.required_scope` or `details.required_role` names what is missing: use a token that has it.',
  },
  ACCOUNT_DISABLED: { status: 403, message: 'This account is disabled.', remedy: 'Ask the operator. Your databases and what is in them are kept.' },
  NOT_FOUND: { status: 404, message: 'There is nothing at this address.', remedy: 'Compare method and path with `/api/openapi.json`.' },
  DATABASE_NOT_FOUND: { status: 404, message: 'You have no database with this id.', remedy: 'List your databases with `GET /api/databases`.' },
  APP_NOT_FOUND: { status: 404, message: 'You have no app with this id.', remedy: 'List your apps with `GET /api/apps`.' },
  OPERATION_NOT_FOUND: { status: 404, message: 'You have no operation with this id.', remedy: 'Use the `operation_id` that the call which started it answered with.' },
  TOKEN_NOT_FOUND: { status: 404, message: 'You have no API token with this id.', remedy: 'List your tokens with `GET /api/tokens`.' },
  USER_NOT_FOUND: { status: 404, message: 'There is no user with this id.', remedy: 'List the users with `GET /api/admin/users`.' },
  PLAN_NOT_FOUND: { status: 404, message: 'There is no plan of this name.', remedy: 'List the plans with `GET /api/admin/plans`.' },
  CLUSTER_NOT_FOUND: { status: 404, message: 'There is no cluster with this id.', remedy: 'List the clusters with `GET /api/admin/clusters`.' },
  LEGACY_RUN_NOT_FOUND: { status: 404, message: 'There is no migration run with this id.', remedy: 'List the runs with `GET /api/admin/legacy-migrations`.' },
  RECONCILE_RUN_NOT_FOUND: { status: 404, message: 'There is no run of the reconciler with this id.', remedy: 'List the runs with `GET /api/admin/reconcile`; they are kept for 30 days.' },
  WEBHOOK_NOT_FOUND: { status: 404, message: 'You have no webhook with this id.', remedy: 'List your webhooks with `GET /api/webhooks`.' },
  DELIVERY_NOT_FOUND: { status: 404, message: 'The webhook has no delivery with this id.', remedy: 'List them with `GET /api/webhooks/{id}/deliveries`; they are kept for 30 days.' },
  METHOD_NOT_ALLOWED: { status: 405, message: 'This address does not take this method.', remedy: 'The `Allow` header and `details.allowed` list the methods it takes.' },
  DATABASE_NAME_TAKEN: {
    status: 409,
    message: 'You already have a database of this name; upper and lower case count as the same.',
    remedy: 'Choose another name, or rename the other database. A deleted database holds its name until it is purged.',
  },
  APP_NAME_TAKEN: { status: 409, message: 'You already have an app of this name.', remedy: 'Choose another name.' },
  LIMIT_REACHED: {
    status: 409,
    message: 'You may have no more of this.',
    remedy: '`details.limit` is the limit, `details.allowed` how many it allows and `details.used` how many there are. Delete what you no longer need, or ask the operator for more; `GET /api/limits` shows all limits.',
  },
  PLAN_NAME_TAKEN: { status: 409, message: 'There is a plan of this name.', remedy: 'Choose another name, or change that plan.' },
  PLAN_IN_USE: { status: 409, message: 'Users are on this plan, or it is the built-in one.', remedy: 'Put the users on another plan first; `details.user_count` says how many they are. The plan `default` cannot be deleted.' },
  DATABASE_NOT_ACTIVE: {
    status: 409,
    message: 'The database is not in a state that allows this call.',
    remedy: '`details.status` is the state it is in. Wait for the running operation, or restore the database first.',
  },
  NO_DATABASE_AVAILABLE: {
    status: 409,
    message: 'There is no database to use: none is named, and you have no active one that could be the default.',
    remedy: 'Create a database, or name one with `database_id`.',
  },
  DATABASE_IN_USE: {
    status: 409,
    message: 'Apps use this database.',
    remedy: '`details.apps` lists them. Repeat the call with `on_apps=move&target_database_id=...` or with `on_apps=detach`.',
  },
  DEFAULT_DATABASE_REQUIRED: {
    status: 409,
    message: 'This is the default database, and you have others: one of them has to become the default first.',
    remedy: 'Make another database the default with `PATCH /api/databases/{id} {"is_default": true}`, then repeat the call.',
  },
  ROTATION_ABORTED: {
    status: 409,
    message: 'An app did not come up with the new credential, so everything is as it was: the old credential, and the apps with it.',
    remedy: '`details.apps` names the app and what was wrong with it; its log says more. Mend it and rotate again, or rotate with `mode: "immediate"`, which waits for no app.',
  },
  MOVE_REFUSED: {
    status: 409,
    message: 'The database cannot be moved there.',
    remedy:
      '`details.reason` says why: `same_database`, `already_there`, `still_reversible` (an earlier move can still be taken back: end that first), `target_not_empty` (repeat the call with ' +
      '`on_conflict: "overwrite"`), `views_in_the_way`, `not_supported` (encrypted collections, in `details.collections`), `name_too_long`, `older_version`, ' +
      '`cluster_unknown`, `cluster_draining`, `cluster_without_room`, or, as the result of an operation, `verification_failed` (the copy turned out not to be what its source is; ' +
      '`details.collections`). The database is where it was, and nothing was lost.',
  },
  MOVE_NOT_REVERSIBLE: {
    status: 409,
    message: 'There is no move that could be taken back or ended.',
    remedy: '`details.reason` says why: `no_move`, `over` (its time has passed), `not_ended` (it runs still) or `changed_since` (the database was moved, deleted or put back since).',
  },
  CLUSTER_ALREADY_REGISTERED: {
    status: 409,
    message: 'The cluster, or its id, is registered already.',
    remedy: '`details.cluster_id` is the cluster of the register that is the same deployment, or has the id. Change that one, or choose another id.',
  },
  CLUSTER_IN_USE: {
    status: 409,
    message: 'Something refers to this cluster still.',
    remedy: '`details` counts what does. Drain the cluster, have its databases moved or deleted, and wait until deleted ones are purged (7 days) and operations have ended.',
  },
  CLUSTER_HOLDS_CONTROL_DATABASE: {
    status: 409,
    message: 'This cluster holds the control database.',
    remedy: 'It can be drained, but not removed, and its URI is changed with `FREEHOLD_MONGODB_URI`.',
  },
  EMAIL_TAKEN: { status: 409, message: 'There is an account with this e-mail address.', remedy: 'Sign in, or use another address.' },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    message: 'This Idempotency-Key was sent before with a different request.',
    remedy: 'Use a new key for every new request; repeat a key only to repeat the very same request.',
  },
  IDEMPOTENCY_IN_PROGRESS: {
    status: 409,
    message: 'The first request with this Idempotency-Key is still running.',
    remedy: 'Wait for the seconds of `Retry-After` and send the same request again: it gets the answer of the first one.',
  },
  LEGACY_RUN_IN_PROGRESS: {
    status: 409,
    message: 'Another run that changes users is at work.',
    remedy: '`details.run_id` names it. Wait for its end, or pause it.',
  },
  LEGACY_RUN_NOT_RUNNING: { status: 409, message: 'The run is not in a state that allows this.', remedy: '`details.state` is the state it is in: a running run can be paused, a paused one resumed.' },
  LEGACY_USER_NOT_MIGRATED: {
    status: 409,
    message: 'Your account comes from an earlier platform and could not be migrated yet; your database can be used, but not changed here.',
    remedy: 'Ask the operator: `details.findings` says what stands in the way.',
  },
  PAYLOAD_TOO_LARGE: { status: 413, message: 'The request body is larger than this server takes.', remedy: '`details.limit_bytes` is the limit.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, message: 'This server takes JSON only.', remedy: 'Send `Content-Type: application/json`.' },
  CLUSTER_UNSUITABLE: {
    status: 422,
    message: 'The cluster cannot be used.',
    remedy:
      '`details.reason` says why: `uri_invalid`, `unreachable`, `authentication_failed`, `standalone` (there are no transactions: make it a replica set), `version_too_old`, ' +
      '`not_permitted` (its user lacks a right) or `refused`, `other_deployment` (a new URI leads elsewhere). `details.step` is what was tried last.',
  },
  OPERATION_IN_PROGRESS: {
    status: 423,
    message: 'Another operation is running on this database.',
    remedy: 'Follow it at `GET /api/operations/{id}` with `details.operation_id`, and repeat the call when it has ended.',
  },
  ACCOUNT_LOCKED: {
    status: 429,
    message: 'Too many failed sign-ins from this address for this account.',
    remedy: 'Wait for the seconds of `Retry-After`. The time doubles with each further failure.',
  },
  RATE_LIMITED: { status: 429, message: 'Too many requests of this kind.', remedy: 'Wait for the seconds of `Retry-After`; the `RateLimit-*` headers show the limit.' },
  TOO_MANY_STREAMS: { status: 429, message: 'You read as many event streams as you may at a time.', remedy: 'Close one first; `details.limit` is how many there may be.' },
  INTERNAL_ERROR: {
    status: 500,
    message: 'Something went wrong on our side.',
    remedy: 'Repeat the request with the same Idempotency-Key. If it fails again, give the operator the `X-Request-Id` of the answer.',
  },
  BACKUPS_UNAVAILABLE: { status: 501, message: 'This platform makes no backups.', remedy: 'Ask the operator to set up backups; until then, `mongodump` with the connection URI makes a copy.' },
  SERVICE_UNAVAILABLE: { status: 503, message: 'The service is starting, stopping, or cannot reach its own database.', remedy: 'Repeat the request after the seconds of `Retry-After`.' },
  CLUSTER_UNAVAILABLE: {
    status: 503,
    message: 'The cluster that holds this database does not answer.',
    remedy: 'Repeat the request later with the same Idempotency-Key; nothing is left half-made.',
  },
  CLUSTER_CAPACITY_EXHAUSTED: {
    status: 503,
    message: 'No cluster has room for another database.',
    remedy: 'Delete a database you no longer need, or ask the operator to register another cluster.',
  },
  QUOTA_EXCEEDED: {
    status: 507,
    message: 'The quota does not allow this.',
    remedy: '`details` names the quota and its use. Make room, or ask the operator for a larger quota.',
  },
} as const satisfies Record<string, ErrorDefinition>;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof errorCatalogue;

/** All codes, in the catalogue's order. */
export const errorCodes = Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]];

/** What an error says beside its code and words; goes to the caller as it is, so never a secret. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

export interface ApiErrorOptions {
  /** Other words than the catalogue's, where more can be said. */
  readonly message?: string;
  readonly cause?: unknown;
}

/** True for a code of the catalogue; an answer of a newer server may carry another. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalogue, code);
}

/**
 * An error that callers of the API see as `{error: {code, message, details}}` (R4.5).
 * `details.retry_after_seconds`, where present, is also the answer's `Retry-After` header.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options: ApiErrorOptions = {}) {
    super(options.message ?? errorCatalogue[code].message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = errorCatalogue[code].status;
    this.details = details;
  }

  /** The body of the answer. */
  toBody(): { readonly error: { readonly code: ErrorCode; readonly message: string; readonly details: ErrorDetails } } {
    return { error: { code: this.code, message: this.message, details: this.details } };
  }
}
