import { ResolutionSchema } from '@isotherm/contracts/analytics/v1/analytics_service';
import { DeadLetterReason, DeadLetterReasonSchema } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { SpeedUnit, SpeedUnitSchema } from '@isotherm/contracts/type/v1/weather';
import { expect, it } from 'vitest';
import { enumNumber, enumWord, enumWords, notAWord } from './enum-words.ts';

it.each(['LATE', 'late', 'Late', 'DEAD_LETTER_REASON_LATE', 'dead-letter-reason-late'])(
  '%s names the value LATE',
  (text) => {
    expect(enumNumber(DeadLetterReasonSchema, text)).toBe(DeadLetterReason.LATE);
  },
);

it.each(['', 'LAT', 'LATE ', 'constructor', '__proto__', '10'])('%j names nothing', (text) => {
  expect(enumNumber(DeadLetterReasonSchema, text)).toBeUndefined();
});

it('Other words for a value name it too', () => {
  expect(enumNumber(SpeedUnitSchema, 'km/h')).toBe(SpeedUnit.KILOMETERS_PER_HOUR);
  expect(enumNumber(SpeedUnitSchema, 'kilometers-per-hour')).toBe(SpeedUnit.KILOMETERS_PER_HOUR);
  expect(enumNumber(ResolutionSchema, 'auto')).toBe(0);
});

it('Every word names the value it is the word of, and is what a refusal lists', () => {
  for (const desc of [DeadLetterReasonSchema, SpeedUnitSchema, ResolutionSchema]) {
    for (const word of enumWords(desc)) expect(enumWord(desc, enumNumber(desc, word)!)).toBe(word);
    expect(notAWord(desc, 'x')).toBe(`"x" is none of ${enumWords(desc).join(', ')}`);
  }
});
