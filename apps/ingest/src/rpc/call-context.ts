import type { Metadata } from '@grpc/grpc-js';
import type { Log } from '@isotherm/log';
import type { Runtime } from '@isotherm/runtime';
import type { Logger } from '@isotherm/service-kit';
import { type Context, context, propagation, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { Admission } from '../admission/admission.ts';
import { type CityDictionary, createCityDictionary } from '../cities/city-dictionary.ts';
import type { CityRegistry } from '../cities/city-registry.ts';
import { createSensorDictionary, type SensorDictionary } from '../cities/sensor-dictionary.ts';
import type { IngestLimits } from '../ingest-options.ts';
import type { IngestPipeline } from '../ingest-pipeline.ts';
import type { IngestTelemetry } from '../ingest-telemetry.ts';
import type { ReplayAppender } from '../replay/replay-appender.ts';
import type { ObservationRules } from '../rules/observation-rules.ts';

/** What every call works with. */
export interface CallContext {
  readonly log: Log;
  readonly logger: Logger;
  readonly runtime: Runtime;
  readonly admission: Admission;
  readonly pipeline: IngestPipeline;
  readonly replays: ReplayAppender;
  readonly registry: CityRegistry;
  readonly rules: ObservationRules;
  readonly limits: IngestLimits;
  readonly telemetry: IngestTelemetry;
}

/** Empty dictionaries for a stream or a call. */
export function openDictionaries(deps: CallContext): { cities: CityDictionary; sensors: SensorDictionary } {
  const { registry, rules, log } = deps;
  return {
    cities: createCityDictionary(registry, { partitionCount: log.partitionCount, limits: rules.cityId }),
    sensors: createSensorDictionary(rules.sensorId),
  };
}

const METADATA_GETTER = {
  keys: (metadata: Metadata) => Object.keys(metadata.getMap()),
  get: (metadata: Metadata, key: string) => metadata.get(key).map(String),
};

/** The trace a caller sent along. */
export function callerContext(metadata: Metadata): Context {
  return propagation.extract(context.active(), metadata, METADATA_GETTER);
}

/** Begins the span of a batch. */
export function startIngestSpan(parent: Context): Span {
  return trace.getTracer('@isotherm/ingest').startSpan('ingest', { kind: SpanKind.SERVER }, parent);
}
