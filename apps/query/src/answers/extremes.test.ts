import { expect, it } from 'vitest';
import { enclosing } from './extremes.ts';

it('extremes kept at hundredths never leave their mean outside', () => {
  expect(enclosing({ mean: 36.495, min: 36.5, max: 36.5 })).toEqual({ min: 36.495, max: 36.5 });
  expect(enclosing({ mean: 36.505, min: 36.5, max: 36.5 })).toEqual({ min: 36.5, max: 36.505 });
});

it('what is not known stays unknown', () => {
  expect(enclosing({ mean: undefined, min: 1, max: 2 })).toEqual({ min: 1, max: 2 });
  expect(enclosing({ mean: 5, max: 4 })).toEqual({ min: undefined, max: 5 });
});
