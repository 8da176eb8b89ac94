import { heatIndexCelsius, riskNumber, type SyntheticReading, syntheticWeather } from './synthetic-weather.ts';
import type { TestCity } from './test-cities.ts';

/** What the fake platform plays. */
export type FakeMode =
  /** Every city sends once a second. */
  | 'live'
  /** Yesterday first, as a time-lapse, then live. */
  | 'replay'
  /** Nothing sends. */
  | 'empty';

/** A city's newest reading. */
export interface FakeReading extends SyntheticReading {
  readonly observedMs: number;
  readonly risk: number;
}

const SPAN_MS = 25 * 3_600_000;

/** The fake platform's memory: synthetic readings, and over them the ones a test sent. */
export class FakeState {
  /** All that are known. */
  readonly cities: readonly TestCity[];
  /** The largest of them: those that the feed sends. */
  readonly fedCities: readonly TestCity[];
  readonly byId: ReadonlyMap<string, TestCity>;
  readonly startedMs = Date.now();
  readonly #mode: FakeMode;
  readonly #replayMs: number;
  readonly #sent = new Map<string, FakeReading>();
  readonly #sentAt = new Map<string, number>();
  acked = 0;

  /** Whether every other city's owner is away. */
  away = false;
  readonly #fedIds: ReadonlySet<string>;

  constructor(cities: readonly TestCity[], fed: number, mode: FakeMode, replaySeconds: number) {
    this.cities = cities;
    this.fedCities = cities.slice(0, fed);
    this.#fedIds = new Set(this.fedCities.map(({ cityId }) => cityId));
    this.byId = new Map(cities.map((city) => [city.cityId, city]));
    this.#mode = mode;
    this.#replayMs = replaySeconds * 1000;
  }

  /** Whether yesterday still plays, and how much of it is done. */
  replay(): { replaying: boolean; shareDone: number } {
    const shareDone = this.#mode === 'replay' ? Math.min(1, (Date.now() - this.startedMs) / this.#replayMs) : 1;
    return { replaying: shareDone < 1, shareDone };
  }

  /** Time of the readings that are being sent. */
  position(): number {
    return Date.now() - SPAN_MS * (1 - this.replay().shareDone);
  }

  get feeds(): boolean {
    return this.#mode !== 'empty';
  }

  /** Records what a test sent; the city keeps it from then on. */
  send(
    cityId: string,
    observedMs: number,
    temperatureCelsius: number,
    relativeHumidityPercent: number,
    windSpeedMps: number,
  ): void {
    const heatIndex = heatIndexCelsius(temperatureCelsius, relativeHumidityPercent);
    this.#sent.set(cityId, {
      temperatureCelsius,
      relativeHumidityPercent,
      windSpeedMps,
      heatIndexCelsius: heatIndex,
      observedMs,
      risk: riskNumber(heatIndex),
    });
    this.#sentAt.set(cityId, Date.now());
    this.acked++;
  }

  /** Newest reading of a city; undefined without one. */
  current(city: TestCity): FakeReading | undefined {
    const sent = this.#sent.get(city.cityId);
    if (sent) return sent;
    if (!this.feeds || !this.#fedIds.has(city.cityId)) return undefined;
    const observedMs = Math.floor(this.position() / 1000) * 1000;
    return this.at(city, observedMs);
  }

  /** Reading of a city at a time of the past. */
  at(city: TestCity, observedMs: number): FakeReading {
    const reading = syntheticWeather(city, observedMs);
    return { ...reading, observedMs, risk: riskNumber(reading.heatIndexCelsius) };
  }

  /** Cities a test sent readings for since `sinceMs`. */
  sentSince(sinceMs: number): TestCity[] {
    return [...this.#sentAt].filter(([, at]) => at >= sinceMs).flatMap(([id]) => this.byId.get(id) ?? []);
  }

  /** Observations that the feed has sent so far. */
  fed(): number {
    if (!this.feeds) return 0;
    const live = Math.max(0, Date.now() - this.startedMs - (this.#mode === 'replay' ? this.#replayMs : 0)) / 1000;
    const played =
      this.#mode === 'replay' ? this.replay().shareDone * 1500 * this.fedCities.length : 1500 * this.fedCities.length;
    return Math.floor(played + live * this.fedCities.length);
  }
}
