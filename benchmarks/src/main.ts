import { parseArgs } from 'node:util';
import { endToEnd } from './end-to-end.ts';

/** `npm run bench`: prints what was measured beside its reference in the same run. */
const { values } = parseArgs({
  options: {
    cities: { type: 'string', default: '15000' },
    seconds: { type: 'string', default: '1800' },
    streams: { type: 'string', default: '4' },
    raw: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(
    'npm run bench -- [--cities 15000] [--seconds 1800] [--streams 4] [--raw]\n' +
      'Sends one reading a city and second, as fast as durable acks allow, and stops the clock when all minute rows are stored.\n',
  );
} else {
  const options = {
    cities: Number(values.cities),
    seconds: Number(values.seconds),
    streams: Number(values.streams),
    raw: values.raw,
  };
  const result = await endToEnd(options);
  const rate = (value: number) => `${(value / 1e6).toFixed(2)}M/s`;
  const share = (value: number) => `${((100 * value) / result.transportPerSecond).toFixed(0)} % of transport`;
  process.stdout.write(
    [
      `end to end, ${options.cities.toLocaleString('en')} cities, ${(result.observations / 1e6).toFixed(1)}M observations, ${options.raw ? 'minute and raw rows' : 'minute rows'}`,
      `  reference: gRPC transport alone   ${rate(result.transportPerSecond)}`,
      `  acked                             ${rate(result.ackedPerSecond)}   ${share(result.ackedPerSecond)}`,
      `  stored and readable               ${rate(result.storedPerSecond)}   ${share(result.storedPerSecond)}`,
      `  rows compared with a plain loop   ${result.rowsCompared.toLocaleString('en')}, wrong ${result.rowsWrong}`,
      '',
    ].join('\n'),
  );
  process.exitCode = result.rowsWrong === 0 && result.rowsCompared > 0 ? 0 : 1;
}
