// Traces by OpenTelemetry, sent over OTLP/HTTP. Loaded only where tracing is on. Its own AsyncLocalStorage knows the active span: nothing is
// registered globally, so that two platforms in one process (as in tests) keep their traces apart.
import { AsyncLocalStorage } from 'node:async_hooks';
import { isSpanContextValid, ROOT_CONTEXT, SpanKind as OpenTelemetryKind, SpanStatusCode, trace, TraceFlags, type Context, type Span as OpenTelemetrySpan } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-node';
import type { Span, SpanAttributes, SpanKind, Tracing } from '../../ports/tracing.js';

export interface TracingOptions {
  /** Where an OTLP receiver is, without `/v1/traces`. */
  readonly url: string;
  readonly version: string;
  /** Names this replica. */
  readonly instance: string;
  /** Hears when spans begin to be lost, and when they arrive again. */
  readonly onDelivery: (failure: Error | undefined) => void;
}

export interface RunningTracing extends Tracing {
  /** Sends what is waiting, as far as the receiver takes it. */
  stop(): Promise<void>;
}

const kinds: Readonly<Record<SpanKind, OpenTelemetryKind>> = {
  request: OpenTelemetryKind.SERVER, operation: OpenTelemetryKind.INTERNAL, step: OpenTelemetryKind.INTERNAL, command: OpenTelemetryKind.CLIENT,
};

const lastFlush_ms = 2_000;

/** Starts sending traces. The SDK's own settings come from the environment: OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS, OTEL_BSP_*, OTEL_RESOURCE_ATTRIBUTES. */
export function startTracing({ url, version, instance, onDelivery }: TracingOptions): RunningTracing {
  const ours = resourceFromAttributes({ 'service.name': 'freehold', 'service.version': version, 'service.instance.id': instance });
  const provider = new NodeTracerProvider({
    // What the operator says of the service goes before what we say.
    resource: defaultResource().merge(ours).merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(telling(new OTLPTraceExporter({ url: `${url.replace(/\/+$/u, '')}/v1/traces` }), onDelivery))],
  });
  const tracer = provider.getTracer('freehold', version);
  const active = new AsyncLocalStorage<OpenTelemetrySpan>();
  const contextOf = (parent: string | undefined): Context => {
    const remote = parent === undefined ? undefined : parseTraceparent(parent);
    if (remote !== undefined) return remote;
    const span = active.getStore();
    return span === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, span);
  };
  return {
    start: <Kind extends SpanKind>(kind: Kind, title: string, attributes: SpanAttributes<Kind>, parent?: string) =>
      spanOf<Kind>(tracer.startSpan(title, { kind: kinds[kind], attributes }, contextOf(parent)), active),
    current: () => {
      const span = active.getStore();
      return span === undefined ? undefined : formatTraceparent(span);
    },
    stop: async () => {
      await Promise.race([provider.shutdown(), new Promise((resolve) => setTimeout(resolve, lastFlush_ms).unref())]).catch(() => undefined);
    },
  };
}

function spanOf<Kind extends SpanKind>(span: OpenTelemetrySpan, active: AsyncLocalStorage<OpenTelemetrySpan>): Span<Kind> {
  return {
    set: (attributes) => void span.setAttributes(attributes),
    fail: (code) => void span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', code),
    end: () => span.end(),
    within: (work) => active.run(span, work),
  };
}

function formatTraceparent(span: OpenTelemetrySpan): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

function parseTraceparent(text: string): Context | undefined {
  const match = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/u.exec(text);
  if (match === null) return undefined;
  const traceFlags = Number.parseInt(match[3]!, 16) & TraceFlags.SAMPLED;
  const context = { traceId: match[1]!, spanId: match[2]!, traceFlags, isRemote: true };
  return isSpanContextValid(context) ? trace.setSpanContext(ROOT_CONTEXT, context) : undefined;
}

/** The same exporter, which says once when it begins to fail and once when it works again. */
function telling(exporter: SpanExporter, onDelivery: TracingOptions['onDelivery']): SpanExporter {
  let isFailing = false;
  return {
    export: (spans, done) => exporter.export(spans, (result) => {
      const hasFailed = result.error !== undefined;
      if (hasFailed !== isFailing) onDelivery(result.error);
      isFailing = hasFailed;
      done(result);
    }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
