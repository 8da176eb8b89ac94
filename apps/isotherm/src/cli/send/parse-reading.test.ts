import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitLine } from './csv-line.ts';
import { COLUMNS, parseHeader, parseReading } from './parse-reading.ts';

const HEADER = parseHeader(COLUMNS.join(','), 'f.csv');

describe('a line of CSV', () => {
  it('gives back what was quoted by the rules of RFC 4180', () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'é', ' ', ',', '"', '1', '.') });
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 6 }), (fields) => {
        const line = fields.map((text) => `"${text.replaceAll('"', '""')}"`).join(',');
        expect(splitLine(line)).toEqual(fields);
      }),
    );
  });

  it('splits plainly where nothing is quoted', () => {
    expect(splitLine('a,,b ,')).toEqual(['a', '', 'b ', '']);
    expect(splitLine('"Washington, D.C.",1')).toEqual(['Washington, D.C.', '1']);
  });

  it('is refused where a quote is not closed', () => {
    expect(splitLine('a,"b')).toBeUndefined();
    expect(splitLine('"a"b,c')).toBeUndefined();
  });
});

describe('a header', () => {
  it('may name its columns in any order, in any case, with others between them', () => {
    const header = parseHeader(' Wind_Speed_MS,extra,city,humidity_pct,reading_at,temperature_c', 'f.csv');
    expect(parseReading('3,x,JFK,50,2013-01-01T06:00:00Z,20', header)).toMatchObject({
      observation: { cityId: 'JFK', temperatureCelsius: 20, relativeHumidityPercent: 50, windSpeedMps: 3 },
    });
  });

  it('that lacks a column is refused with the columns expected', () => {
    expect(() => parseHeader('city;reading_at;temp', 'f.csv')).toThrow(
      /f\.csv lacks city, reading_at, .*Expected the columns city,reading_at,temperature_c,humidity_pct,wind_speed_ms/,
    );
    expect(() => parseHeader(`${COLUMNS.join(',')},city`, 'f.csv')).toThrow('names city twice');
  });
});

describe('a reading', () => {
  it('leaves out what was not measured', () => {
    const parsed = parseReading('JFK,2013-01-01T06:00:00Z,,50.5,', HEADER);
    expect(parsed).toMatchObject({ kind: 'reading', timeMs: Date.UTC(2013, 0, 1, 6) });
    expect(parsed).toMatchObject({ observation: { temperatureCelsius: undefined, windSpeedMps: undefined } });
  });

  it.each([
    ['2013-01-01T06:00:00Z', Date.UTC(2013, 0, 1, 6)],
    ['2013-01-01 06:00', Date.UTC(2013, 0, 1, 6)],
    ['2013-01-01T06:00:00.25+05:30', Date.UTC(2013, 0, 1, 0, 30, 0, 250)],
    ['2013-01-01', Date.UTC(2013, 0, 1)],
    ['1950-06-01T00:00:00-0200', Date.UTC(1950, 5, 1, 2)],
  ])('has its time read from %s', (text, timeMs) => {
    expect(parseReading(`a,${text},1,1,1`, HEADER)).toMatchObject({ timeMs });
  });

  it.each([
    ['a,2013-02-30T00:00:00Z,1,1,1', "reading_at '2013-02-30T00:00:00Z' is no time"],
    ['a,yesterday,1,1,1', "reading_at 'yesterday' is no time"],
    ['a,2013-01-01T25:00:00Z,1,1,1', 'is no time'],
    ['a,2013-01-01T00:00:00Z,NaN,1,1', "temperature_c 'NaN' is no number"],
    ['a,2013-01-01T00:00:00Z,1,Infinity,1', "humidity_pct 'Infinity' is no number"],
    ['a,2013-01-01T00:00:00Z,1,1,3 m/s', "wind_speed_ms '3 m/s' is no number"],
    ['a,2013-01-01T00:00:00Z,1,1', '4 columns instead of 5'],
    ['a,"2013-01-01T00:00:00Z,1,1,1', 'a quote is not closed'],
  ])('is a bad line in %s', (line, reason) => {
    expect(parseReading(line, HEADER)).toMatchObject({ kind: 'problem', reason: expect.stringContaining(reason) });
  });

  it('never makes the reader throw, whatever the line holds', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (line) => void parseReading(line, HEADER)));
  });
});
