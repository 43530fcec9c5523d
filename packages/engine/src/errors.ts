// MongoDB's error codes and names, in one table, and the one error that commands throw.
// Source: the manual's "Error Codes" page and the public server's error_codes.yml. A command never invents a code.

/** Code by name. A new error is one line here. */
export const errorCodes = {
  InternalError: 1,
  BadValue: 2,
  NoSuchKey: 4,
  NoMatchingDocument: 47,
  GraphContainsCycle: 5,
  HostUnreachable: 6,
  FailedToParse: 9,
  UserNotFound: 11,
  UnsupportedFormat: 12,
  Unauthorized: 13,
  TypeMismatch: 14,
  Overflow: 15,
  InvalidLength: 16,
  ProtocolError: 17,
  AuthenticationFailed: 18,
  IllegalOperation: 20,
  AlreadyInitialized: 23,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  InvalidBSON: 22,
  LockTimeout: 24,
  RoleNotFound: 31,
  CannotBackfillArray: 34,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  MaxTimeMSExpired: 50,
  DollarPrefixedFieldName: 52,
  InvalidIdField: 53,
  NotSingleValueField: 54,
  EmptyFieldName: 56,
  DottedFieldName: 57,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  CannotConvertIndexToUnique: 359,
  IndexAlreadyExists: 68,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  WriteConcernFailed: 64,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  NotSecondary: 95,
  OperationFailed: 96,
  InvalidViewDefinition: 182,
  NetworkTimeout: 89,
  ShutdownInProgress: 91,
  OplogOperationUnsupported: 62,
  NotWritablePrimary: 10107,
  UnknownReplWriteConcern: 79,
  CommandNotSupported: 115,
  DocumentValidationFailure: 121,
  NotExactValueField: 111,
  WriteConflict: 112,
  ViewDepthLimitExceeded: 165,
  CommandNotSupportedOnView: 166,
  CursorInUse: 12051,
  QueryPlanKilled: 175,
  AmbiguousIndexKeyPattern: 181,
  InvalidIndexSpecificationOption: 197,
  OptionNotSupportedOnView: 167,
  InvalidPipelineOperator: 168,
  InvalidUUID: 207,
  TooManyLogicalSessions: 261,
  ExceededTimeLimit: 262,
  OperationNotSupportedInTransaction: 263,
  QueryFeatureNotAllowed: 224,
  TransactionTooOld: 225,
  IncompleteTransactionHistory: 217,
  AtomicityFailure: 226,
  NoSuchTransaction: 251,
  TransactionCommitted: 256,
  TransactionTooLarge: 257,
  NoSuchSession: 206,
  CannotIndexParallelArrays: 171,
  CappedPositionLost: 136,
  ConversionFailure: 241,
  ChangeStreamHistoryLost: 286,
  InvalidResumeToken: 260,
  ChangeStreamFatalError: 280,
  ClientDisconnect: 279,
  UnsupportedOpQueryCommand: 352,
  UnsatisfiableWriteConcern: 100,
  InvalidSSLConfiguration: 140,
  ExceededMemoryLimit: 146,
  QueryExceededMemoryLimitNoDiskUseAllowed: 292,
  SnapshotUnavailable: 246,
  SnapshotTooOld: 239,
  InterruptedAtShutdown: 11600,
  Interrupted: 11601,
  InterruptedDueToReplStateChange: 11602,
  CursorKilled: 237,
  IndexBuildAborted: 276,
  NoQueryExecutionPlans: 291,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  NotImplemented: 238,
  APIVersionError: 322,
  APIStrictError: 323,
  APIDeprecationError: 324,
  OutOfDiskSpace: 14031,
  MechanismUnavailable: 334,
  DatabaseDifferCase: 13297,
  KeyNotFound: 211,
  ClientMetadataCannotBeMutated: 186,
  InvalidRoleModification: 49,
  RoleDataInconsistent: 80,
  UserAlreadyExists: 51003,
  RoleAlreadyExists: 51002,
  Location40415: 40415,
  Location40414: 40414,
  Location40324: 40324,
  Location40323: 40323,
  SearchNotEnabled: 31082,
  Location31249: 31249,
  Location31250: 31250,
  Location51024: 51024,
  Location51075: 51075,
  Location17280: 17280,
} as const satisfies Record<string, number>;

export type ErrorName = keyof typeof errorCodes;

/** Codes that only fail points raise here: those of servers that are far away, change places or shard. Their names belong to them all the same. */
const foreignNames: ReadonlyMap<number, string> = new Map([
  [7, 'HostNotFound'], [8, 'UnknownError'], [46, 'LockBusy'], [63, 'StaleShardVersion'], [90, 'CallbackCanceled'],
  [93, 'InvalidReplicaSetConfig'], [94, 'NotYetInitialized'], [133, 'FailedToSatisfyReadPreference'], [134, 'ReadConcernMajorityNotAvailableYet'],
  [150, 'StaleEpoch'], [189, 'PrimarySteppedDown'], [234, 'RetryChangeStream'], [267, 'PreparedTransactionInProgress'], [391, 'ReauthenticationRequired'],
  [462, 'IngressRequestRateLimitExceeded'], [8000, 'AtlasError'],
  [9001, 'SocketException'], [13388, 'StaleConfig'], [13435, 'NotPrimaryNoSecondaryOk'], [13436, 'NotPrimaryOrSecondary'],
]);

const nameByCode: ReadonlyMap<number, string> = new Map([...foreignNames, ...Object.entries(errorCodes).map(([name, code]) => [code, name] as const)]);

/** The `codeName` that accompanies a code in a reply; MongoDB calls codes without a name `Location<code>`. */
export function codeName(code: number): string {
  return nameByCode.get(code) ?? `Location${code}`;
}

export interface CommandErrorExtras {
  /** Labels for the driver: `TransientTransactionError`, `RetryableWriteError`, `UnknownTransactionCommitResult`. */
  readonly labels?: readonly string[];
  /** More fields of the error reply as MongoDB sends them, e.g. `keyPattern` and `keyValue` of a duplicate key. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** An error that a client sees: MongoDB's own code, its name and its words. */
export class CommandError extends Error {
  readonly code: number;
  readonly codeName: string;
  readonly labels: readonly string[];
  readonly fields: Readonly<Record<string, unknown>>;

  /** `code`: a name of the table, or the number of a MongoDB `Location` code that has no name. */
  constructor(code: ErrorName | number, message: string, extras: CommandErrorExtras = {}) {
    super(message);
    this.name = 'CommandError';
    this.code = typeof code === 'number' ? code : errorCodes[code];
    this.codeName = codeName(this.code);
    this.labels = extras.labels ?? [];
    this.fields = extras.fields ?? {};
  }
}
