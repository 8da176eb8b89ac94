import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCatalogue } from './catalogue.ts';
import { describeCity } from './city.ts';
import { loadCatalogue } from './load-catalogue.ts';

const path = new URL('../../../samples/cities.csv.gz', import.meta.url).pathname;
const catalogue = await loadCatalogue({ path });
const labels = (cities: readonly { name: string; countryCode: string }[]) =>
  cities.map(({ name, countryCode }) => `${name} ${countryCode}`);

describe('The catalogue', () => {
  it('holds the 34,006 cities above 15,000 people, the largest first', () => {
    expect(catalogue.count).toBe(34_006);
    const [first, second] = catalogue.largest(2);
    expect(first).toMatchObject({ cityId: '1796236', name: 'Shanghai', countryCode: 'CN', timeZone: 'Asia/Shanghai' });
    expect(first?.population).toBeGreaterThanOrEqual(second?.population ?? 0);
    expect(catalogue.largest(0)).toEqual([]);
  });

  it('finds every city by its id', () => {
    fc.assert(
      fc.property(fc.nat({ max: catalogue.count - 1 }), (rank) => {
        const [city] = catalogue.list(rank, 1);
        expect(catalogue.byId(city?.cityId ?? '')).toBe(city);
      }),
    );
  });

  it.each(['', '0', '01796236', '+1796236', '1796236.0', 'Shanghai', '99999999999999'])('knows no city %j', (id) => {
    expect(catalogue.byId(id)).toBeUndefined();
  });

  it('pages through all cities without a gap', () => {
    const tail = catalogue.list(catalogue.count - 3, 10);
    expect(tail).toHaveLength(3);
    expect(catalogue.list(catalogue.count, 10)).toEqual([]);
  });
});

describe('A text means', () => {
  it.each([
    ['2950159', 'Berlin DE'],
    ['berlin', 'Berlin DE'],
    [' BERLIN ', 'Berlin DE'],
    ['Paris', 'Paris FR'],
    ['Paris, US', 'Paris US'],
    ['paris, france', 'Paris FR'],
    ['Portland, ME, US', 'Portland US'],
    ['London, UK', 'London GB'],
    ['london, canada', 'London CA'],
    ['sao paulo', 'São Paulo BR'],
    ['ZURICH', 'Zürich CH'],
    ['zuerich', 'Zürich CH'],
    ['St Louis', 'St. Louis US'],
    ['new york', 'New York City US'],
    ['frankfurt', 'Frankfurt am Main DE'],
    ['Misato, Saitama', 'Misato, Saitama JP'],
  ])('%s: %s', (text, label) => {
    expect(labels([catalogue.resolve(text) ?? { name: 'nothing', countryCode: '' }])).toEqual([label]);
  });

  it.each(['berlln', '', ' ', ',', 'Paris, Japan', 'santa', 'xqzwv', '東'])('nothing: %j', (text) => {
    expect(catalogue.resolve(text)).toBeUndefined();
  });

  it('tells the largest of a name from its division', () => {
    expect(catalogue.resolve('Portland, ME')?.admin1).toBe('ME');
    expect(catalogue.resolve('Portland')?.admin1).toBe('OR');
  });
});

describe('A search', () => {
  it.each([
    ['berlni', 'Berlin DE'],
    ['san fransisco', 'San Francisco US'],
    ['lndon', 'London GB'],
    ['new yrok', 'New York City US'],
    ['tokio', 'Tokyo JP'],
    ['reykjav', 'Reykjavík IS'],
    ['york', 'York GB'],
    ['vienna, aus', 'Vienna AT'],
    ['1796236', 'Shanghai CN'],
  ])('for %s finds %s first', (query, label) => {
    expect(labels(catalogue.search(query, 5))[0]).toBe(label);
  });

  it('ranks by quality of the match, then by population', () => {
    const found = catalogue.search('london', 10);
    expect(labels(found).slice(0, 2)).toEqual(['London GB', 'London CA']);
    expect(found.findIndex((city) => city.name !== 'London')).toBeGreaterThan(1);
  });

  it('returns at most as many as asked, each once, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), fc.integer({ min: 1, max: 20 }), (query, limit) => {
        const found = catalogue.search(query, limit);
        expect(found.length).toBeLessThanOrEqual(limit);
        expect(new Set(found).size).toBe(found.length);
      }),
      { numRuns: 50 },
    );
  });

  it('forgives any one swap of neighbouring letters in a long name', () => {
    fc.assert(
      fc.property(fc.nat({ max: 200 }), fc.nat(), (rank, where) => {
        const [city] = catalogue.list(rank, 1);
        const name = city?.name ?? '';
        fc.pre(/^[A-Za-z]{6,}$/.test(name));
        const at = where % (name.length - 1);
        const typo = name.slice(0, at) + name[at + 1] + name[at] + name.slice(at + 2);
        expect(catalogue.search(typo, 10)).toContain(city);
      }),
      { numRuns: 50 },
    );
  });

  it('proposes near matches for a message, without the country where that spoils them', () => {
    expect(catalogue.nearMatches('berlln', 1).map(describeCity)).toEqual(['Berlin, Germany (2950159)']);
    expect(labels(catalogue.nearMatches('paris, tex', 1))).toEqual(['Paris FR']);
    expect(catalogue.nearMatches('q', 3).length).toBeLessThanOrEqual(3);
  });
});

describe('The nearest cities', () => {
  it('come by great circle, the closest first', () => {
    const found = catalogue.nearest(52.52, 13.405, 4);
    const distances = found.map(({ distanceKm }) => distanceKm);
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
    expect(distances[0]).toBeLessThan(5);
    expect(found[0]?.city.countryCode).toBe('DE');
  });

  it('are found across the date line and at the poles', () => {
    expect(catalogue.nearest(-18.1, -179.9, 1)[0]?.city.countryCode).toBe('FJ');
    expect(catalogue.nearest(90, 0, 1)).toHaveLength(1);
  });

  it('are as far as the haversine formula says', () => {
    const radians = (degrees: number) => (degrees * Math.PI) / 180;
    fc.assert(
      fc.property(
        fc.double({ min: -90, max: 90, noNaN: true }),
        fc.double({ min: -180, max: 180, noNaN: true }),
        (lat, lon) => {
          for (const { city, distanceKm } of catalogue.nearest(lat, lon, 3)) {
            const a =
              Math.sin(radians((city.latitude ?? 0) - lat) / 2) ** 2 +
              Math.cos(radians(lat)) *
                Math.cos(radians(city.latitude ?? 0)) *
                Math.sin(radians((city.longitude ?? 0) - lon) / 2) ** 2;
            expect(distanceKm).toBeCloseTo(2 * 6371.0088 * Math.asin(Math.sqrt(a)), 5);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('A city that producers send', () => {
  const header = 'geoname_id,name,country_code,country,continent,admin1,latitude,longitude,population,time_zone';
  const csv = Buffer.from(
    `${header}\n6173331,Vancouver,CA,Canada,NA,02,49.24966,-123.11934,662248,America/Vancouver\n`,
  );

  it('is found by its id once observed, in any case, and does not take a name from the catalogue', () => {
    const small = createCatalogue(csv);
    expect(small.resolve('EWR')).toBeUndefined();
    const city = small.observeCity('EWR');
    expect(city).toMatchObject({ cityId: 'EWR', name: 'EWR', timeZone: 'UTC', latitude: undefined });
    expect(small.byId('EWR')).toBe(city);
    expect(small.resolve('ewr')).toBe(city);
    small.observeCity('ns/Vancouver');
    expect(small.resolve('vancouver')?.cityId).toBe('6173331');
    expect(small.search('vancouver', 5).map(({ cityId }) => cityId)).toEqual(['6173331', 'ns/Vancouver']);
    small.observeCity('Vancouver');
    expect(small.resolve('Vancouver')?.cityId).toBe('6173331');
    expect(small.listed('EWR')).toBeUndefined();
    expect(small.byId('Vancouver')?.cityId).toBe('Vancouver');
  });

  it('is remembered up to a bound, and answered beyond it', () => {
    const small = createCatalogue(csv, { maxObservedCities: 1 });
    expect(small.observeCity('6173331').name).toBe('Vancouver');
    small.observeCity('a1');
    expect(small.observeCity('b2').cityId).toBe('b2');
    expect(small.byId('b2')).toBeUndefined();
    expect(small.list(0, 10).map(({ cityId }) => cityId)).toEqual(['6173331', 'a1']);
  });

  it('cannot come from a file of other columns', () => {
    expect(() => createCatalogue(Buffer.from('id;name\n1;X\n'))).toThrow(/columns must be/);
    expect(createCatalogue(Buffer.from(`\uFEFF${header}\r\n`)).count).toBe(0);
  });
});
