// A peer that does not speak the protocol: nothing it sends can be trusted any more, so its connection is closed.

export class ProtocolViolation extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'ProtocolViolation';
  }
}
