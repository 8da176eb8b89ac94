import { createClimate } from './city-climate.ts';
import type { Deviations } from './deviations.ts';
import { createDonors, DONORS_PER_CITY } from './donors.ts';
import type { Place } from './great-circle.ts';
import { createNoise } from './noise.ts';
import { HOURS_PER_YEAR, hourOfYear } from './real-series.ts';

const HOUR_MS = 3_600_000;

/** A reading as a sensor gives it, in hundredths. */
export interface DemoReading {
  /** Hundredths of a degree Celsius. */
  temperatureCenticelsius: number;
  /** Hundredths of a percent, in steps of 0.1 %. */
  humidityCentipercent: number;
  /** Centimetres per second, in steps of 0.1 m/s. */
  windCentimps: number;
}

/** The weather of many cities at any time: a pure function of city, time and seed. */
export interface DemoWeather {
  readonly cityCount: number;
  /**
   * Writes the reading of a city at a time into `out`. Allocates nothing. Cheapest when a city's times ascend: it
   * remembers the hour each city is in.
   *
   * @param cityIndex 0 to cityCount − 1
   * @param timeMs milliseconds since 1970-01-01T00:00:00Z
   */
  reading(cityIndex: number, timeMs: number, out: DemoReading): void;
}

/** Cities, and the real series that their weather is made of. */
export interface DemoWeatherOptions {
  readonly cities: readonly Place[];
  readonly series: readonly Deviations[];
  /** The same seed gives the same weather. Default 1. */
  readonly seed?: number;
}

/**
 * Weather for any city out of real series: the usual temperature of place and month, plus what real cities did at the
 * same season and local solar time (their daily cycle and their departures from the usual), plus the small unrest of a
 * sensor. A city that was sampled itself plays its own year.
 */
export function createDemoWeather({ cities, series, seed = 1 }: DemoWeatherOptions): DemoWeather {
  const rows = series.map(({ hours }) => hours);
  const climateOf = createClimate();
  const donorsOf = createDonors(series);
  const count = cities.length;
  const celsius = new Float64Array(count * 12);
  const humidity = new Float64Array(count * 12);
  const donorIndex = new Uint8Array(count * DONORS_PER_CITY);
  const donorWeight = new Float64Array(count * DONORS_PER_CITY);
  const donorShift = new Float64Array(count * DONORS_PER_CITY);
  const cycleScale = new Float64Array(count);
  const anomalyScale = new Float64Array(count);
  const noise = createNoise(seed);

  for (const [city, place] of cities.entries()) {
    const climate = climateOf(place);
    celsius.set(climate.monthlyCelsius, city * 12);
    humidity.set(climate.monthlyHumidity, city * 12);
    const { donors, sampled } = donorsOf(place);
    let range = 0;
    let squares = 0;
    for (const [slot, donor] of donors.entries()) {
      const at = city * DONORS_PER_CITY + slot;
      donorIndex[at] = donor.index;
      donorWeight[at] = donor.weight;
      donorShift[at] = (donor.shiftHours + HOURS_PER_YEAR) % HOURS_PER_YEAR;
      range += donor.weight * (series[donor.index]?.dailyRangeCelsius ?? 0);
      squares += donor.weight ** 2;
    }
    cycleScale[city] = sampled ? 1 : Math.min(1.6, Math.max(0.4, climate.dailyRangeCelsius / range));
    // A mean of several series is calmer than each: half of what that takes away is given back.
    anomalyScale[city] = sampled ? 1 : restlessness(place.latitude) * squares ** -0.25;
  }

  const hours = new Int32Array(count).fill(-1);
  /** Per city: temperature, humidity, wind at the beginning and at the end of its hour. */
  const ends = new Float64Array(count * 6);
  /** The two hours asked for last: the same for all cities as long as time moves on. */
  const calendars: [HourOfCalendar, HourOfCalendar] = [calendarOf(0), calendarOf(1)];

  function calendar(hour: number): HourOfCalendar {
    const known = calendars[hour & 1]!;
    if (known.hour === hour) return known;
    const made = calendarOf(hour);
    calendars[hour & 1] = made;
    return made;
  }

  function compute(city: number, hour: number, at: number): void {
    const { yearHour, month, nextMonth, monthShare } = calendar(hour);
    let cycle = 0;
    let anomaly = 0;
    let damp = 0;
    let wind = 0;
    for (let slot = city * DONORS_PER_CITY; slot < (city + 1) * DONORS_PER_CITY; slot += 1) {
      const weight = donorWeight[slot]!;
      if (weight === 0) continue;
      const values = rows[donorIndex[slot]!]!;
      const position = yearHour + donorShift[slot]!;
      const whole = Math.floor(position);
      const late = weight * (position - whole);
      const early = weight - late;
      const first = (whole < HOURS_PER_YEAR ? whole : whole - HOURS_PER_YEAR) * 4;
      const second = first + 4 < HOURS_PER_YEAR * 4 ? first + 4 : 0;
      cycle += early * values[first]! + late * values[second]!;
      anomaly += early * values[first + 1]! + late * values[second + 1]!;
      damp += early * values[first + 2]! + late * values[second + 2]!;
      wind += early * values[first + 3]! + late * values[second + 3]!;
    }
    const base = city * 12;
    const usual = celsius[base + month]! * (1 - monthShare) + celsius[base + nextMonth]! * monthShare;
    const usualDamp = humidity[base + month]! * (1 - monthShare) + humidity[base + nextMonth]! * monthShare;
    const room = damp > 0 ? (100 - usualDamp) / 35 : usualDamp / 35;
    ends[at] = usual + cycleScale[city]! * cycle + anomalyScale[city]! * anomaly;
    ends[at + 1] = usualDamp + damp * Math.min(1, room);
    ends[at + 2] = wind;
  }

  return {
    cityCount: count,
    reading(city, timeMs, out) {
      const hour = Math.floor(timeMs / HOUR_MS);
      const at = city * 6;
      if (hours[city] !== hour) {
        if (hours[city] === hour - 1) {
          ends[at] = ends[at + 3]!;
          ends[at + 1] = ends[at + 4]!;
          ends[at + 2] = ends[at + 5]!;
        } else {
          compute(city, hour, at);
        }
        compute(city, hour + 1, at + 3);
        hours[city] = hour;
      }
      const share = timeMs / HOUR_MS - hour;
      const unrest = noise(city, timeMs / 240_000);
      const gust = noise(city + count, timeMs / 45_000);
      const temperature = ends[at]! + (ends[at + 3]! - ends[at]!) * share + 0.15 * unrest;
      const damp = ends[at + 1]! + (ends[at + 4]! - ends[at + 1]!) * share - 0.6 * unrest;
      const wind = (ends[at + 2]! + (ends[at + 5]! - ends[at + 2]!) * share) * (1 + 0.25 * gust);
      out.temperatureCenticelsius = Math.round(Math.min(54, Math.max(-70, temperature)) * 100);
      out.humidityCentipercent = Math.round(Math.min(100, Math.max(3, damp)) * 10) * 10;
      out.windCentimps = Math.round(Math.min(60, Math.max(0, wind)) * 10) * 10;
    },
  };
}

/** Where an hour since the epoch lies in the year. */
interface HourOfCalendar {
  readonly hour: number;
  readonly yearHour: number;
  /** Months whose middles the hour lies between, and how far it is from the first to the second. */
  readonly month: number;
  readonly nextMonth: number;
  readonly monthShare: number;
}

function calendarOf(hour: number): HourOfCalendar {
  const yearHour = hourOfYear(hour * HOUR_MS);
  const position = (yearHour / HOURS_PER_YEAR) * 12 + 11.5;
  const month = Math.floor(position) % 12;
  return { hour, yearHour, month, nextMonth: (month + 1) % 12, monthShare: position - Math.floor(position) };
}

/** How far days stray from the usual, against mid-latitudes. */
function restlessness(latitude: number): number {
  return 0.25 + 0.75 * Math.min(1, Math.max(0, (Math.abs(latitude) - 10) / 28));
}
