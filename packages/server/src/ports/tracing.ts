// Where traces go. A trace shows what one request caused: the operation it began, its steps, and the commands that MongoDB was sent,
// on whichever replica. Spans and their attributes are a table, so that nothing else gets into a trace (R2.5).

/** Every kind of span: what it stands for, and what it may say. */
export const spanKinds = {
  request: {
    meaning: 'A request to the API, from its first byte to the end of its answer.',
    attributes: ['http.request.method', 'http.route', 'http.response.status_code', 'error.type', 'freehold.request_id', 'freehold.user_id'],
  },
  operation: {
    meaning: 'One run of an operation by one replica; a replica that takes it over adds another, below the same request.',
    attributes: ['freehold.operation.id', 'freehold.operation.kind', 'freehold.operation.outcome', 'freehold.operation.is_resumed', 'freehold.user_id', 'freehold.database_id', 'error.type'],
  },
  step: {
    meaning: 'One attempt at one step of an operation, or at taking it back.',
    attributes: ['freehold.step.name', 'freehold.step.direction', 'freehold.step.attempt', 'error.type'],
  },
  command: {
    meaning: 'A command that MongoDB was sent; never what was in it.',
    attributes: ['db.system.name', 'db.operation.name', 'db.namespace', 'db.collection.name', 'server.address', 'server.port', 'error.type'],
  },
} as const satisfies Record<string, { readonly meaning: string; readonly attributes: readonly string[] }>;

export type SpanKind = keyof typeof spanKinds;
export type SpanAttributes<Kind extends SpanKind> = Readonly<Partial<Record<(typeof spanKinds)[Kind]['attributes'][number], string | number | boolean>>>;

export interface Span<Kind extends SpanKind = SpanKind> {
  set(attributes: SpanAttributes<Kind>): void;
  /** By a code: messages may say more than they should. */
  fail(code: string): void;
  end(): void;
  /** What is begun in there, and whatever follows from it, is below this span. */
  within<Result>(work: () => Result): Result;
}

export interface Tracing {
  /** Below the active span, or below the one that `parent` names: a `traceparent` as in W3C Trace Context, section 3.2. Another text counts as none. */
  start<Kind extends SpanKind>(kind: Kind, title: string, attributes: SpanAttributes<Kind>, parent?: string): Span<Kind>;
  /** The active span as a `traceparent`. Undefined: there is none. */
  current(): string | undefined;
}

const noSpan: Span = { set: () => undefined, fail: () => undefined, end: () => undefined, within: (work) => work() };

/** Tracing is off. */
export const noTracing: Tracing = { start: () => noSpan, current: () => undefined };
