const cpu = () => { const u = process.threadCpuUsage(); return (u.user + u.system) / 1000; };
import { createStreamRequestDecoder, encodeStreamBatch } from '@isotherm/observation-wire';
import { createCityDictionary } from '../src/cities/city-dictionary.ts';
import { createSensorDictionary } from '../src/cities/sensor-dictionary.ts';
import { createCityRegistry } from '../src/cities/city-registry.ts';
import { createGroupEncoder } from '../src/commit/group-encoder.ts';
import { readObservationRules } from '../src/rules/observation-rules.ts';
import { createRowJudge } from '../src/rules/row-verdicts.ts';
import { stageRows } from '../src/staging/stage-rows.ts';
import { createStagedGroup } from '../src/staging/staged-group.ts';
import { createTimeBatchReader } from '../src/staging/time-batch.ts';
import { createValueBatchReader } from '../src/staging/value-batch.ts';
import { createRecordReader } from '@isotherm/records';
const P = 64, rows = 1000, N = 15000;
const rules = readObservationRules();
const reg = createCityRegistry(P, 1e6);
const cities = createCityDictionary(reg, { partitionCount: P, limits: rules.cityId });
cities.append(Array.from({ length: N }, (_, i) => String(2600000 + 37 * i)));
const sensors = createSensorDictionary(rules.sensorId);
const msgs = Array.from({ length: 15 }, (_, m) => encodeStreamBatch({ sequence: 1, createdUnixMs: Date.now(), columns: { cityIndex: Uint32Array.from({ length: rows }, (_, i) => m * rows + i), baseMs: Date.now() - 1e6, observedOffsetMs: Uint32Array.from({ length: rows }, (_, i) => i % 1000),
  temperature: { scale: 2, unscaled: Int32Array.from({ length: rows }, (_, i) => -2000 + ((i * 7919) % 6000)) }, humidity: { scale: 2, unscaled: Int32Array.from({ length: rows }, (_, i) => (i * 7919) % 10000) }, wind: { scale: 2, unscaled: Int32Array.from({ length: rows }, (_, i) => (i * 7919) % 3000) } } }));
const dec = createStreamRequestDecoder(); const times = createTimeBatchReader(); const T = createValueBatchReader(rules.temperature), H = createValueBatchReader(rules.humidity), W = createValueBatchReader(rules.wind); const judge = createRowJudge();
const group = createStagedGroup(P); const enc = createGroupEncoder(P, reg); const reader = createRecordReader();
const t = { decode: 0, values: 0, judge: 0, stage: 0, encode: 0, read: 0 }; let total = 0;
for (let round = 0; round < 300; round++) {
  if (round === 100) { for (const k in t) t[k as keyof typeof t] = 0; total = 0; }
  group.stampMs = Date.now();
  for (let m = 0; m < 30; m++) {
    let a = cpu();
    const d = dec.decode(msgs[m % 15]!); if (d.kind !== 'batch') throw 0;
    let b = cpu(); t.decode += b - a; a = b;
    const c = d.columns; const values = { time: times.read(c), temperature: T.read(c.temperature, rows), humidity: H.read(c.humidity, rows), wind: W.read(c.wind, rows) };
    b = cpu(); t.values += b - a; a = b;
    const part = { columns: c, cities, sensors, rowAt: () => { throw 0; } };
    const reasons = judge.judge(part, values, group.stampMs);
    b = cpu(); t.judge += b - a; a = b;
    const batch = group.begin({ producerId: 'x', session: 1n, sequence: m, createdUnixMs: Date.now() }, () => undefined);
    stageRows(group, { part, values, reasons }, batch.firstSlice); batch.endSlice = group.slices.count;
    b = cpu(); t.stage += b - a;
    total += rows;
  }
  const a = cpu(); const recs = enc.encode(group); const b = cpu(); t.encode += b - a;
  for (const r of recs) reader.decode(r.bytes); t.read += cpu() - b;
  group.reset();
}
for (const k in t) console.log(k, ((t[k as keyof typeof t] * 1e6) / total).toFixed(2), 'ns/row');
