import { expect, it } from 'vitest';
import { RecordFormatError } from './record-format-error.ts';
import { decodeResultSettings, encodeResultSettings } from './result-settings.ts';

const settings = {
  formula: 'ROTHFUSZ',
  outOfOrdernessMs: 5_000,
  allowedLatenessMs: 3_600_000.5,
  riskCelsius: [(80 - 32) / 1.8, 32.2, 39.4, 51.7],
  maxCitiesPerPartition: 65_536,
  maxStateBytesPerPartition: 1 << 26,
} as const;

it('Settings come back as they were, to the last digit', () => {
  expect(decodeResultSettings(encodeResultSettings(settings))).toEqual(settings);
});

it('Bytes that are no settings are refused with what is wrong', () => {
  const changed = (change: object) => new TextEncoder().encode(JSON.stringify({ format: 1, ...settings, ...change }));
  const wrong: readonly (readonly [Uint8Array, string])[] = [
    [new Uint8Array(), '0 bytes of settings are no JSON'],
    [Uint8Array.of(0xff, 0xfe), '2 bytes of settings are no JSON'],
    [new TextEncoder().encode('null'), 'no JSON object'],
    [changed({ format: 2 }), 'format 2; this program reads 1'],
    [changed({ formula: 'STEADMAN' }), 'formula "STEADMAN" is unknown'],
    [changed({ outOfOrdernessMs: '5000' }), 'outOfOrdernessMs of the settings is "5000"'],
    [changed({ riskCelsius: [1, 2, 3] }), 'no four bounds'],
    [changed({ riskCelsius: [1, 2, 3, null] }), 'riskCelsius of the settings is null'],
    [changed({ maxCitiesPerPartition: undefined }), 'maxCitiesPerPartition'],
    [changed({ maxStateBytesPerPartition: '64 MiB' }), 'maxStateBytesPerPartition of the settings is "64 MiB"'],
  ];
  for (const [bytes, sentence] of wrong) {
    expect(() => decodeResultSettings(bytes)).toThrow(RecordFormatError);
    expect(() => decodeResultSettings(bytes)).toThrow(sentence);
  }
});
