import { parseArgs } from 'node:util';
import { endToEnd } from './end-to-end.ts';
import { freshness, type Quantiles } from './freshness.ts';

/** `npm run bench`: prints what was measured beside its reference in the same run. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cities: { type: 'string', default: '15000' },
    seconds: { type: 'string' },
    streams: { type: 'string', default: '4' },
    rate: { type: 'string', default: '100000' },
    raw: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const HELP = `npm run bench -- [throughput|freshness] [options]

throughput (default): one reading a city and second, as fast as durable acks allow; the clock stops when all rows are stored.
  --cities 15000  --seconds 1800 (of observations)  --streams 4  --raw (store every observation too)
freshness: ack to visible in GetCurrent, under a steady load.
  --cities 15000  --seconds 20  --rate 100000 (observations a second)
`;

async function throughput(): Promise<number> {
  const options = {
    cities: Number(values.cities),
    seconds: Number(values.seconds ?? 1800),
    streams: Number(values.streams),
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

function say(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

if (values.help) say([HELP]);
else process.exitCode = positionals[0] === 'freshness' ? await visible() : await throughput();
