// A reason why the platform does not start, with what to do about it. Printed for people, never with a stack.

export type StartupErrorCode =
  | 'CONFIGURATION_UNREADABLE'
  | 'CONFIGURATION_INVALID'
  | 'DATA_DIRECTORY_UNUSABLE'
  | 'DATA_DIRECTORY_IN_USE'
  | 'MASTER_KEYS_MISSING'
  | 'MASTER_KEYS_INVALID'
  | 'MASTER_KEYS_WRONG'
  | 'PORT_TAKEN'
  | 'ENGINE_FAILED'
  | 'MONGODB_UNREACHABLE'
  | 'MONGODB_UNSUITABLE';

export class StartupError extends Error {
  constructor(
    readonly code: StartupErrorCode,
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'StartupError';
  }
}
