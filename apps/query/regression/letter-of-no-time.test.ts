import { create, toBinary, toJson } from '@bufbuild/protobuf';
import { DeadLetterSchema } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { ObservationSchema } from '@isotherm/contracts/ingest/v1/observation';
import { expect, it } from 'vitest';
import { letterMessage } from '../src/dead-letters/letter-message.ts';
import { lateLetter } from '../src/testing/fake-dead-letters.ts';

// Found by fuzzing: one reading whose time was beyond what JSON can tell, rejected and kept as a letter, made every list
// of letters in JSON fail as a whole.
it.each([
  { seconds: 2n ** 62n, nanos: 0 },
  { seconds: -(2n ** 62n), nanos: 0 },
  { seconds: 0n, nanos: -5 },
  { seconds: 0n, nanos: 1_000_000_000 },
])('a letter whose reading has the time %o is told without it', (observeTime) => {
  const observation = create(ObservationSchema, { cityId: 'x', observeTime, temperatureCelsius: 20 });
  const letter = lateLetter([0, 1, 2], { cityId: 'x', observation: toBinary(ObservationSchema, observation) });
  const told = toJson(DeadLetterSchema, letterMessage(letter));
  expect(told).toMatchObject({ observation: { cityId: 'x', temperatureCelsius: 20 } });
  expect(told).not.toHaveProperty('observation.observeTime');
});
