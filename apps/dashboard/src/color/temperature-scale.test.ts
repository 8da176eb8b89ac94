import { describe, expect, it } from 'vitest';
import { colorDistance, contrastRatio, type Rgb, rgbToOklab } from './oklab.ts';
import { SCALE_MAX_CELSIUS, SCALE_MIN_CELSIUS, temperatureColor } from './temperature-scale.ts';

// Machado, Oliveira and Fernandes 2009, severity 1.0: https://www.inf.ufrgs.br/~oliveira/pubs_files/CVD_Simulation/
const SIMULATIONS = {
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const;

function simulate(kind: keyof typeof SIMULATIONS, rgb: Rgb): Rgb {
  const m = SIMULATIONS[kind];
  const linear = rgb.map((byte) => (byte / 255) ** 2.2);
  const row = (i: number): number => {
    const value = [0, 1, 2].reduce((sum, k) => sum + (m[i * 3 + k] ?? 0) * (linear[k] ?? 0), 0);
    return Math.round(Math.min(1, Math.max(0, value)) ** (1 / 2.2) * 255);
  };
  return [row(0), row(1), row(2)];
}

const degrees = Array.from({ length: SCALE_MAX_CELSIUS - SCALE_MIN_CELSIUS + 1 }, (_, i) => SCALE_MIN_CELSIUS + i);

describe('the temperature scale', () => {
  it('takes perceptually even steps: four degrees differ by about the same anywhere', () => {
    const steps = degrees
      .slice(4)
      .map((celsius) =>
        colorDistance(rgbToOklab(temperatureColor(celsius - 4)), rgbToOklab(temperatureColor(celsius))),
      );
    const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
    for (const step of steps) expect(Math.abs(step / mean - 1)).toBeLessThan(0.35);
  });

  it.each(Object.keys(SIMULATIONS) as (keyof typeof SIMULATIONS)[])('tells 12 °C apart under %s', (kind) => {
    for (const cold of degrees) {
      for (const warm of degrees) {
        if (warm - cold < 12) continue;
        const one = rgbToOklab(simulate(kind, temperatureColor(cold)));
        const other = rgbToOklab(simulate(kind, temperatureColor(warm)));
        expect(colorDistance(one, other), `${cold} °C and ${warm} °C`).toBeGreaterThan(0.05);
      }
    }
  });

  it('clamps beyond its ends', () => {
    expect(temperatureColor(-80)).toEqual(temperatureColor(SCALE_MIN_CELSIUS));
    expect(temperatureColor(70)).toEqual(temperatureColor(SCALE_MAX_CELSIUS));
  });

  it('stays visible on the dark and on the light land', () => {
    for (const celsius of degrees) {
      expect(contrastRatio(temperatureColor(celsius), [28, 33, 39]), `${celsius} °C on dark`).toBeGreaterThan(2.2);
      expect(contrastRatio(temperatureColor(celsius), [244, 244, 241]), `${celsius} °C on light`).toBeGreaterThan(1.25);
    }
  });
});
