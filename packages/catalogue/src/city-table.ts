import type { City } from './city.ts';
import { splitCsvLine } from './csv-line.ts';

/** The catalogue's rows, the largest city first: text kept as it was read, cities made when asked for. */
export interface CityTable {
  readonly count: number;
  /** Row of a GeoNames id; undefined if it is not in the table. */
  rowOf(cityId: string): number | undefined;
  cityAt(row: number): City;
  /** Unit vectors: x, y, z of each row. Made when first asked for. */
  vectors(): Float64Array;
}

const HEADER = 'geoname_id,name,country_code,country,continent,admin1,latitude,longitude,population,time_zone';
const LINE_FEED = 10;
const ROW_BITS = 2 ** 20;
const CANONICAL_ID = /^[1-9]\d{0,8}$/;

/**
 * Reads a table from CSV text in UTF-8.
 * @param eachName is called with every row's name, in order.
 * @throws Error if the columns are others than GeoNames' ten, or the largest city is not first.
 */
export function readCityTable(csv: Buffer, eachName: (name: string) => void): CityTable {
  const starts = lineStarts(csv);
  const header = csv.toString('utf8', 0, (starts[0] ?? csv.length) - 1).replace(/^\uFEFF|\r$/g, '');
  if (header !== HEADER) throw new Error(`The city catalogue's columns must be ${HEADER}, not ${header.slice(0, 200)}`);
  const count = starts.length - 1;
  const lineAt = (row: number) => csv.toString('utf8', starts[row], (starts[row + 1] ?? csv.length) - 1);
  const idsAndRows = new Float64Array(count);
  let largest = Number.POSITIVE_INFINITY;
  for (let row = 0; row < count; row += 1) {
    const { id, name, population } = keyFields(lineAt(row));
    if (population > largest) throw new Error('The city catalogue must start with the largest city');
    largest = population;
    idsAndRows[row] = id * ROW_BITS + row;
    eachName(name);
  }
  idsAndRows.sort();
  const cities: (City | undefined)[] = [];
  let vectors: Float64Array | undefined;
  return {
    count,
    vectors() {
      if (vectors !== undefined) return vectors;
      vectors = new Float64Array(count * 3);
      for (let row = 0; row < count; row += 1) {
        const fields = splitCsvLine(lineAt(row));
        writeVector(vectors, row, Number(fields[6]), Number(fields[7]));
      }
      return vectors;
    },
    rowOf: (cityId) => (CANONICAL_ID.test(cityId) ? findRow(idsAndRows, Number(cityId)) : undefined),
    cityAt(row) {
      let city = cities[row];
      if (city === undefined) {
        city = cityOf(splitCsvLine(lineAt(row)));
        cities[row] = city;
      }
      return city;
    },
  };
}

/** Writes the unit vector of a place into `vectors` at `row`. */
export function writeVector(vectors: Float64Array, row: number, latitude: number, longitude: number): void {
  const phi = (latitude * Math.PI) / 180;
  const lambda = (longitude * Math.PI) / 180;
  vectors[row * 3] = Math.cos(phi) * Math.cos(lambda);
  vectors[row * 3 + 1] = Math.cos(phi) * Math.sin(lambda);
  vectors[row * 3 + 2] = Math.sin(phi);
}

/** What every row is indexed by, without taking the whole line apart. */
function keyFields(line: string): { id: number; name: string; population: number } {
  const idEnd = line.indexOf(',');
  const zone = line.lastIndexOf(',');
  const population = Number(line.slice(line.lastIndexOf(',', zone - 1) + 1, zone));
  const name = line[idEnd + 1] === '"' ? splitCsvLine(line)[1]! : line.slice(idEnd + 1, line.indexOf(',', idEnd + 1));
  return { id: Number(line.slice(0, idEnd)), name, population };
}

function cityOf(fields: readonly string[]): City {
  const [cityId = '', name = '', countryCode = '', country = '', , admin1 = ''] = fields;
  return {
    cityId,
    name,
    countryCode,
    country: country.trim(),
    admin1,
    latitude: Number(fields[6]),
    longitude: Number(fields[7]),
    population: Number(fields[8]),
    timeZone: fields[9]?.trim() ?? 'UTC',
  };
}

/** Where each line after the header starts, and where the last one ends. */
function lineStarts(csv: Buffer): Uint32Array {
  const starts: number[] = [];
  for (let at = csv.indexOf(LINE_FEED); at !== -1; at = csv.indexOf(LINE_FEED, at + 1)) starts.push(at + 1);
  if (csv.at(-1) !== LINE_FEED) starts.push(csv.length + 1);
  return Uint32Array.from(starts);
}

function findRow(idsAndRows: Float64Array, id: number): number | undefined {
  let low = 0;
  let high = idsAndRows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (idsAndRows[middle]! < id * ROW_BITS) low = middle + 1;
    else high = middle;
  }
  const found = idsAndRows[low];
  return found !== undefined && Math.floor(found / ROW_BITS) === id ? found % ROW_BITS : undefined;
}
