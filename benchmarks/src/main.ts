import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { endToEnd } from './end-to-end.ts';
import { freshness, type Quantiles } from './freshness.ts';
import { type KafkaSpeed, kafkaLog } from './kafka-log.ts';
import { overKafka } from './over-kafka.ts';
import { sparkline } from './overload/sparkline.ts';
import { overload, quantile } from './overload.ts';
import { recovery } from './recovery.ts';

/** `npm run bench`: prints what was measured beside its reference in the same run. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cities: { type: 'string', default: '15000' },
    seconds: { type: 'string' },
    streams: { type: 'string' },
    limit: { type: 'string' },
    times: { type: 'string', default: '5' },
    rate: { type: 'string', default: '100000' },
    raw: { type: 'boolean', default: false },
    kafka: { type: 'boolean', default: false },
    hours: { type: 'string', default: '24' },
    shards: { type: 'string', default: '1' },
    partitions: { type: 'string', default: '64' },
    megabytes: { type: 'string', default: '400' },
    help: { type: 'boolean', default: false },
  },
});

const HELP = `npm run bench -- [throughput|freshness|overload|recovery|log] [options]

throughput (default): one reading a city and second, as fast as durable acks allow; the clock stops when all rows are stored.
  --cities 15000  --seconds 1800 (of observations)  --streams 4  --raw (store every observation too)
  --kafka (ingest and compute as processes over one Kafka broker, without an analytical store; the clock stops when all is applied)
freshness: ack to visible in GetCurrent, under a steady load.
  --cities 15000  --seconds 20  --rate 100000 (observations a second)
overload: peak, then a multiple of it from senders that do not slow down, then half of it.
  --cities 15000  --seconds 10 (of overload)  --streams 64  --times 5
  --limit 100000 (observations a second that the platform takes from all senders together; default what it can)
recovery: kill -9 with hours of state and seconds of log behind the last checkpoint, then start.
  --cities 15000  --hours 24  --rate 100000 (observations a second, live)  --seconds 25  --shards 1
log: appends and reads of the log on one Kafka broker, beside Kafka's own performance tools; fetches Kafka.
  --partitions 64  --megabytes 400
`;

/** As packed columns have it: city, time, three values. */
const BYTES_PER_OBSERVATION = 12;
const OBSERVATIONS_PER_GROUP = 15_000;

async function throughput(): Promise<number> {
  if (values.kafka) return await throughputOverKafka();
  const options = {
    cities: Number(values.cities),
    seconds: Number(values.seconds ?? 1800),
    streams: Number(values.streams ?? 4),
    raw: values.raw,
  };
  const result = await endToEnd(options);
  const rate = (value: number) => `${(value / 1e6).toFixed(2)}M/s`;
  const share = (value: number) => `${((100 * value) / result.transportPerSecond).toFixed(0)} % of transport`;
  const what = `${(result.observations / 1e6).toFixed(1)}M observations, ${options.raw ? 'minute and raw rows' : 'minute rows'}`;
  say([
    `end to end, ${options.cities.toLocaleString('en')} cities, ${what}`,
    `  reference: gRPC transport alone   ${rate(result.transportPerSecond)}`,
    `  acked                             ${rate(result.ackedPerSecond)}   ${share(result.ackedPerSecond)}`,
    `  stored and readable               ${rate(result.storedPerSecond)}   ${share(result.storedPerSecond)}`,
    `  rows compared with a plain loop   ${result.rowsCompared.toLocaleString('en')}, wrong ${result.rowsWrong}`,
  ]);
  return result.rowsWrong === 0 && result.rowsCompared > 0 ? 0 : 1;
}

async function throughputOverKafka(): Promise<number> {
  const options = {
    cities: Number(values.cities),
    seconds: Number(values.seconds ?? 600),
    streams: Number(values.streams ?? 4),
  };
  const result = await overKafka(options);
  if (result === undefined) return 0;
  const rate = (value: number) =>
    `${(value / 1e6).toFixed(2)}M/s   ${((100 * value) / result.transportPerSecond).toFixed(0)} % of transport`;
  say([
    `over Kafka, one broker, ${options.cities.toLocaleString('en')} cities, ${(result.observations / 1e6).toFixed(1)}M observations, without an analytical store; machine's load ${loadavg()[0]!.toFixed(1)}`,
    `  reference: gRPC transport alone   ${(result.transportPerSecond / 1e6).toFixed(2)}M/s`,
    `  acked                             ${rate(result.ackedPerSecond)}`,
    `  applied                           ${rate(result.appliedPerSecond)}`,
    `  cities with a wrong count         ${result.citiesWrong}`,
  ]);
  return result.citiesWrong === 0 ? 0 : 1;
}

async function visible(): Promise<number> {
  const result = await freshness({
    cities: Number(values.cities),
    perSecond: Number(values.rate),
    seconds: Number(values.seconds ?? 20),
  });
  const show = ({ p50, p99, max }: Quantiles) =>
    `p50 ${p50.toFixed(1)} ms   p99 ${p99.toFixed(1)} ms   max ${max.toFixed(1)} ms`;
  say([
    `ack to visible, ${result.probes} probes under ${Math.round(result.perSecond).toLocaleString('en')} observations/s`,
    `  reference: one GetCurrent   ${show(result.readMs)}`,
    `  acked to seen               ${show(result.visibleMs)}`,
  ]);
  return 0;
}

async function overloaded(): Promise<number> {
  const times = Number(values.times);
  const result = await overload({
    cities: Number(values.cities),
    streams: Number(values.streams ?? 64),
    times,
    seconds: Number(values.seconds ?? 10),
    limit: values.limit === undefined ? undefined : Number(values.limit),
  });
  const { peaksPerSecond, before, overload: over, memory, recoverySeconds, acked, applied, dead, duplicate } = result;
  const count = (value: number) => Math.round(value).toLocaleString('en');
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  const goodput = over.total.acked / over.seconds;
  const times50And99 = (values: readonly number[]) =>
    `p50 ${quantile(values, 0.5).toFixed(0)} ms, p99 ${quantile(values, 0.99).toFixed(0)} ms`;
  const own = memory.map(({ ownBytes }) => ownBytes);
  const refusals = [...over.total.refusals].map(([id, times]) => `${id} ${count(times)}`);
  // A machine that is shared is not the same all along: the peak is what was reached before and after, on average.
  const peakPerSecond = (peaksPerSecond[0] + peaksPerSecond[1]) / 2;
  const share = goodput / peakPerSecond;
  const { cpuSeconds } = result;
  const perCpu = over.total.acked / cpuSeconds.overload;
  const peakPerCpu = result.peaksAcked / cpuSeconds.peaks;
  const good = share >= 0.9 && recoverySeconds !== undefined && acked === applied;
  say([
    `overload, ${over.seconds.toFixed(0)} s of ${times} times the peak; machine's load ${result.machineLoad.map((load) => load.toFixed(1)).join(' to ')}`,
    `  reference: peak, sender waits for acks   ${count(peakPerSecond)} observations/s; before ${count(peaksPerSecond[0])}, after ${count(peaksPerSecond[1])}`,
    `  offered                                  ${count(over.total.offered / over.seconds)}/s, of which flow control held back ${((100 * over.total.heldBack) / over.total.offered).toFixed(0)} %`,
    `  goodput                                  ${count(goodput)}/s, ${(100 * share).toFixed(0)} % of the peak (bar 90 %)`,
    `  for each CPU second of the platform      ${count(perCpu)} acked, ${((100 * perCpu) / peakPerCpu).toFixed(0)} % of the peak's; it had ${(cpuSeconds.overload / over.seconds).toFixed(2)} cores`,
    `  by second                                ${sparkline(over.bySecond.map((second) => second.acked))}`,
    `  acks of these senders, their queues too  ${times50And99(over.total.ackMs)}; at half the peak ${times50And99(before.total.ackMs)}`,
    `  acks of a caller that waits for them     ${times50And99(result.probeAckMs.overload)}; at half the peak ${times50And99(result.probeAckMs.before)}`,
    `  refused batches                          ${refusals.length === 0 ? 'none' : refusals.join(', ')}`,
    `  memory without pages of files            ${megabytes(Math.min(...own))} to ${megabytes(Math.max(...own))}   ${sparkline(own)}`,
    `  resident                                 ${megabytes(Math.max(...memory.map(({ residentBytes }) => residentBytes)))} at most`,
    `  back as before at half the peak          ${recoverySeconds === undefined ? 'never' : `after ${recoverySeconds} s`} (bar 30 s)`,
    `  ledger                                   acked ${count(acked)}, applied ${count(applied)}, dead ${count(dead)}, duplicate ${count(duplicate)}`,
  ]);
  return good ? 0 : 1;
}

const BENCHMARKS: Readonly<Record<string, () => Promise<number>>> = {
  throughput,
  freshness: visible,
  overload: overloaded,
  recovery: recovered,
  log,
};

function unknown(): number {
  process.stderr.write(`There is no benchmark ${positionals[0]}.\n${HELP}`);
  return 2;
}

async function recovered(): Promise<number> {
  const result = await recovery({
    cities: Number(values.cities),
    hours: Number(values.hours),
    perSecond: Number(values.rate),
    seconds: Number(values.seconds ?? 25),
    shards: Number(values.shards),
  });
  const millions = (count: number) => `${(count / 1e6).toFixed(1)}M`;
  const speed = result.appliedPerSecond / result.livePerSecond;
  say([
    `recovery after kill -9, ${Number(values.cities).toLocaleString('en')} cities × ${values.hours} h, ${values.shards} shard(s); machine's load ${result.machineLoad.toFixed(1)}`,
    `  reference: start on an empty directory   ${result.emptyStartSeconds.toFixed(2)} s`,
    `  until hot reads answer                   ${result.readySeconds.toFixed(2)} s   ${millions(result.restored)} observations in state, ${result.readyCpuSeconds.toFixed(1)} s of CPU`,
    `  until all acked is applied               ${result.catchUpSeconds.toFixed(2)} s more   ${millions(result.behind)} behind the last checkpoint`,
    `  caught up at                             ${millions(result.appliedPerSecond)} observations/s   ${speed.toFixed(1)} × the live rate of ${Math.round(result.livePerSecond).toLocaleString('en')}/s`,
    `  cities with a wrong count                ${result.citiesWrong}`,
  ]);
  return result.citiesWrong === 0 ? 0 : 1;
}

async function log(): Promise<number> {
  const options = {
    partitions: Number(values.partitions),
    megabytes: Number(values.megabytes),
    groupBytes: BYTES_PER_OBSERVATION * OBSERVATIONS_PER_GROUP,
    underWay: 3,
  };
  const result = await kafkaLog(options);
  if (result === undefined) return 0;
  const show = ({ megabytesPerSecond, p50Ms, p99Ms }: KafkaSpeed) =>
    `${megabytesPerSecond.toFixed(0).padStart(5)} MB/s   ${(megabytesPerSecond / BYTES_PER_OBSERVATION).toFixed(1).padStart(5)}M observations/s` +
    (p50Ms === undefined ? '' : `   p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms?.toFixed(1)} ms`);
  const times = (ours: KafkaSpeed, theirs: KafkaSpeed) =>
    `${(ours.megabytesPerSecond / theirs.megabytesPerSecond).toFixed(2)} × the reference`;
  say([
    `log on Kafka, one broker, ${options.partitions} partitions, groups of ${OBSERVATIONS_PER_GROUP.toLocaleString('en')} observations of ${BYTES_PER_OBSERVATION} bytes, ${options.underWay} under way; machine's load ${loadavg()[0]!.toFixed(1)}`,
    `  reference: Kafka's own producer  ${show(result.producer)}`,
    `  append                           ${show(result.append)}   ${times(result.append, result.producer)}`,
    `  reference: Kafka's own consumer  ${show(result.consumer)}`,
    `  read                             ${show(result.read)}   ${times(result.read, result.consumer)}`,
  ]);
  return 0;
}

function say(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

if (values.help) say([HELP]);
else process.exitCode = (await BENCHMARKS[positionals[0] ?? 'throughput']?.()) ?? unknown();
