import { check } from 'k6';
import http from 'k6/http';
import { Rate, Trend } from 'k6/metrics';
import grpc from 'k6/net/grpc';
import type { Options } from 'k6/options';

/** Smoke: a handful of producers send over gRPC and read back what they sent. Thresholds are the pass mark. */
export const options: Options = {
  scenarios: {
    producers: { executor: 'constant-vus', vus: 5, duration: '10s' },
  },
  thresholds: {
    checks: ['rate==1'],
    ack_ms: ['p(99)<1000'],
    read_your_writes: ['rate==1'],
  },
};

const ingestAddress = __ENV['ISOTHERM_INGEST'] ?? '127.0.0.1:50051';
const apiUrl = __ENV['ISOTHERM_API'] ?? 'http://127.0.0.1:8080';
const ackMs = new Trend('ack_ms', true);
const readYourWrites = new Rate('read_your_writes');
const client = new grpc.Client();
client.load(['../../proto', '../../proto/third_party'], 'isotherm/ingest/v1/ingest_service.proto');

/** The part of an answer this scenario looks at. */
interface IngestResponse {
  readonly ack: { readonly accepted: number; readonly rejected?: number; readonly readToken: unknown };
}

export default function smoke(): void {
  if (__ITER === 0) client.connect(ingestAddress, { plaintext: true });
  const cityId = `k6/${__VU}`;
  const temperature = 20 + (__ITER % 1000) / 100;
  const startedMs = Date.now();
  const sent = client.invoke('isotherm.ingest.v1.IngestService/Ingest', {
    batch: {
      producer_id: `k6-smoke-${__VU}`,
      session: startOfRun,
      sequence: __ITER + 1,
      create_time: new Date().toISOString(),
    },
    observations: [
      {
        city_id: cityId,
        observe_time: new Date().toISOString(),
        temperature_celsius: temperature,
        relative_humidity_percent: 50,
        wind_speed_mps: 3,
      },
    ],
  });
  ackMs.add(Date.now() - startedMs);
  const response = sent.message as unknown as IngestResponse;
  check(sent, { 'ingest answers OK': (r) => r.status === grpc.StatusOK });
  check(response, { 'one row accepted': (r) => r.ack?.accepted === 1 && !r.ack?.rejected });

  const read = http.post(
    `${apiUrl}/isotherm.forecast.v1.ForecastService/GetCurrent`,
    JSON.stringify({ cities: [cityId], readToken: response.ack?.readToken }),
    { headers: { 'content-type': 'application/json' } },
  );
  check(read, { 'read answers 200': (r) => r.status === 200 });
  readYourWrites.add(read.json('conditions.0.temperature') === temperature);
}

const startOfRun = Date.now();
