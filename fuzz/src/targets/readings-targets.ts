import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { batchesOfFile, CliError, type FileLine, openReadingFile, parseHeader, parseReading } from 'isotherm/internals';
import { accepted, type FuzzTarget, type Outcome, refused } from '../fuzz-target.ts';
import { scratchFile } from './scratch-file.ts';

const text = (value: string) => Uint8Array.from(Buffer.from(value));
const words = (...values: string[]) => values.map(text);

const HEADER = 'city,reading_at,temperature_c,humidity_pct,wind_speed_ms';

const time = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString()),
  },
  fc.constantFrom(
    '2013-02-30T00:00:00Z',
    '0000-01-01',
    '9999-12-31T23:59:59.999999999Z',
    '2013-01-01 06:00 +14:00',
    '2013-01-01T24:00:00Z',
    '',
  ),
  fc.string({ maxLength: 20 }),
);
const number = fc.oneof(
  { weight: 4, arbitrary: fc.double({ noNaN: true, min: -100, max: 120 }).map((value) => value.toFixed(2)) },
  fc.constantFrom('', '1e999', '-0', '.5', '5.', 'NaN', '+1', '0x10', '1,5', '１'),
  fc.double().map(String),
);
const quoted = (field: fc.Arbitrary<string>) =>
  fc
    .tuple(field, fc.nat({ max: 9 }))
    .map(([value, how]) => (how === 0 ? `"${value.replaceAll('"', '""')}"` : how === 1 ? `"${value}` : value));
const city = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('Berlin', 'ns/Vancouver', '2950159') },
  fc.string({ maxLength: 80, unit: 'binary' }),
);
const row = fc
  .tuple(quoted(city), quoted(time), quoted(number), quoted(number), quoted(number))
  .map((fields) => fields.join(','));
const csv = fc
  .tuple(
    fc.oneof(
      {
        weight: 9,
        arbitrary: fc.constantFrom(
          HEADER,
          HEADER.toUpperCase(),
          `\ufeff${HEADER}`,
          `x,${HEADER}`,
          `"city",${HEADER.slice(5)}`,
        ),
      },
      fc.string(),
    ),
    fc.array(fc.oneof({ weight: 9, arbitrary: row }, fc.string({ unit: 'binary' })), { maxLength: 8 }),
    fc.constantFrom('\n', '\r\n', '\n\n'),
  )
  .map(([header, rows, end]) => text([header, ...rows].join(end)));

/** Files of readings: every line is a reading or a problem with a reason, and batches keep to their rule. */
export const readingsTarget: FuzzTarget = {
  name: 'readings',
  reads: 'CSV files of readings, as `isotherm send` does',
  weight: 80,
  maxBytes: 32_768,
  allowedBytes: (inputBytes) => 4_000_000 + 512 * inputBytes,
  open: () => ({
    seeds: [
      text(`${HEADER}\nBerlin,2013-01-01T06:00:00Z,1.5,80,3\n"a ""b""",2013-01-01,,,\n`),
      ...fc.sample(csv, { numRuns: 20, seed: 1 }),
    ],
    grammar: csv,
    words: words('"', '""', ',', '\n', '\r\n', '2013-01-01T06:00:00Z', '1e308', 'city', 'NaN', '\u0000', 'ü'),
    run: (input) => readText(Buffer.from(input).toString()),
  }),
};

/** The same from a disk, plain or compressed. */
export const readingFileTarget: FuzzTarget = {
  name: 'reading-file',
  reads: 'files of readings on a disk, plain or compressed',
  weight: 1,
  maxBytes: 8192,
  // Streams have buffers of 64 KB, and gzip has its window.
  allowedBytes: (inputBytes) => 16_000_000 + 4096 * inputBytes,
  open() {
    const { path, close } = scratchFile('readings.csv');
    const plain = fc.sample(csv, { numRuns: 12, seed: 2 });
    return {
      seeds: [...plain, ...plain.map((bytes) => Uint8Array.from(gzipSync(bytes)))],
      grammar: fc.tuple(csv, fc.boolean()).map(([bytes, zip]) => (zip ? Uint8Array.from(gzipSync(bytes)) : bytes)),
      async run(input) {
        writeFileSync(path, input);
        try {
          const file = await openReadingFile(path);
          return await batched(file.blocks());
        } catch (error) {
          if (error instanceof CliError) return refused(/Cannot read/.test(error.message) ? 'unreadable' : 'header');
          throw error;
        }
      },
      close,
    };
  },
};

async function readText(content: string): Promise<Outcome> {
  const [first = '', ...lines] = content.split('\n');
  let header: ReturnType<typeof parseHeader>;
  try {
    header = parseHeader(first, 'readings.csv');
  } catch (error) {
    if (error instanceof CliError) return refused('header');
    throw error;
  }
  const read = lines
    .filter((line) => line.trim() !== '')
    .map((line, i): FileLine => ({ line: i + 2, ...parseReading(line, header) }));
  return batched([read]);
}

async function batched(
  blocks: AsyncIterable<readonly FileLine[]> | readonly (readonly FileLine[])[],
): Promise<Outcome> {
  let lines = 0;
  let problems = 0;
  let readings = 0;
  async function* counted() {
    for await (const block of blocks) {
      lines += block.length;
      yield block;
    }
  }
  for await (const { observations, toMs } of batchesOfFile(
    counted(),
    { maxRows: 3, byTime: false },
    () => (problems += 1),
  )) {
    if (observations.length === 0 || observations.length > 3 || !Number.isFinite(toMs))
      throw new Error('A batch breaks its rule');
    readings += observations.length;
  }
  if (readings + problems !== lines) throw new Error(`${readings} readings + ${problems} problems of ${lines} lines`);
  return readings > 0
    ? accepted(problems > 0 ? 'readings and problems' : 'readings')
    : refused(problems > 0 ? 'problems only' : 'no lines');
}
