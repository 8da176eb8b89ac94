import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observationQuality, PERSISTENCE_MS, passesPersistence, passesStep, passesValidity } from './quality-checks.ts';
import { QualityFlag, worseQuality } from './quality-flag.ts';

const HOUR_MS = 3_600_000;
const none = Number.NaN;

describe('quality of an observation', () => {
  it('fails what MADIS calls invalid, bounds included in the valid', () => {
    expect(passesValidity((130 - 32) / 1.8, 100, 0)).toBe(true);
    expect(passesValidity(54.5, 50, 1)).toBe(false);
    expect(passesValidity(-51.2, 50, 1)).toBe(false);
    expect(passesValidity(20, 100.5, 1)).toBe(false);
    expect(passesValidity(20, 50, 128.7)).toBe(false);
    expect(passesValidity(none, none, none)).toBe(true);
  });

  it('questions steps larger than an hour allows, and allows more after a longer gap', () => {
    expect(passesStep(60_000, 19.4, 50, 10.2)).toBe(true);
    expect(passesStep(60_000, 19.5, 0, 0)).toBe(false);
    expect(passesStep(60_000, 0, -51, 0)).toBe(false);
    expect(passesStep(60_000, 0, 0, 10.4)).toBe(false);
    expect(passesStep(3 * HOUR_MS, -40, 0, 0)).toBe(true);
    expect(passesStep(60_000, none, none, none)).toBe(true);
  });

  it('gets the flag of the checks that could be made', () => {
    expect(observationQuality(20, 50, 3, none, none, none, none)).toBe(QualityFlag.COARSE_PASS);
    expect(observationQuality(20, 50, 3, HOUR_MS, 19, 52, 4)).toBe(QualityFlag.SCREENED);
    expect(observationQuality(20, 50, 3, HOUR_MS, 45, 52, 4)).toBe(QualityFlag.QUESTIONED);
    expect(observationQuality(55, 50, 3, HOUR_MS, 54, 52, 4)).toBe(QualityFlag.FAILED);
    expect(observationQuality(none, none, none, HOUR_MS, 54, 52, 4)).toBe(QualityFlag.NO_CHECK);
  });
});

describe('persistence', () => {
  const alive = {
    minTemperatureCelsius: 10,
    maxTemperatureCelsius: 14,
    minHumidityPercent: 60,
    maxHumidityPercent: 70,
    minWindMps: 1,
    maxWindMps: 4,
  };
  it('finds stuck sensors once enough time has passed, but lets fog be', () => {
    const stuck = { ...alive, maxTemperatureCelsius: 10.05 };
    expect(passesPersistence(PERSISTENCE_MS, alive)).toBe(true);
    expect(passesPersistence(PERSISTENCE_MS, stuck)).toBe(false);
    expect(passesPersistence(PERSISTENCE_MS - 1, stuck)).toBe(true);
    expect(passesPersistence(PERSISTENCE_MS, { ...alive, minHumidityPercent: 100, maxHumidityPercent: 100 })).toBe(
      true,
    );
    expect(passesPersistence(PERSISTENCE_MS, { ...alive, maxHumidityPercent: 60.5 })).toBe(false);
    expect(passesPersistence(PERSISTENCE_MS, { ...alive, maxWindMps: 1.2 })).toBe(false);
    expect(
      passesPersistence(PERSISTENCE_MS, { ...alive, minTemperatureCelsius: none, maxTemperatureCelsius: none }),
    ).toBe(true);
  });
});

describe('worse of two flags', () => {
  it('is commutative, associative and idempotent, with unset as neutral', () => {
    const flag = fc.constantFrom(...Object.values(QualityFlag));
    fc.assert(
      fc.property(flag, flag, flag, (a, b, c) => {
        expect(worseQuality(a, b)).toBe(worseQuality(b, a));
        expect(worseQuality(a, worseQuality(b, c))).toBe(worseQuality(worseQuality(a, b), c));
        expect(worseQuality(a, a)).toBe(a);
        expect(worseQuality(a, QualityFlag.UNSPECIFIED)).toBe(a);
      }),
    );
    expect(worseQuality(QualityFlag.SCREENED, QualityFlag.QUESTIONED)).toBe(QualityFlag.QUESTIONED);
    expect(worseQuality(QualityFlag.SCREENED, QualityFlag.COARSE_PASS)).toBe(QualityFlag.COARSE_PASS);
  });
});
