import { type DeadLetter, deadLetterIdText, type IsothermClient } from '@isotherm/client';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { NONE, utc, whole } from '../format/values.ts';
import { toJson } from '../terminal/json.ts';
import { renderPairs } from '../terminal/table.ts';
import { parseIds } from './letter-flags.ts';
import { letterJson } from './letter-json.ts';
import { printable, stateText } from './list-letters.ts';
import { whatToDo } from './what-to-do.ts';

/** Prints everything about one letter. */
export async function showLetter(
  client: IsothermClient,
  asked: { readonly id: string; readonly json?: boolean | undefined },
  { terminal, nowMs }: CliContext,
): Promise<void> {
  const [id] = parseIds([asked.id]);
  if (id === undefined) throw new CliError('Name a dead letter as partition/offset/row.');
  const letter = await client.deadLetters.get(id);
  if (asked.json) terminal.out(`${toJson({ ...letterJson(letter), whatToDo: whatToDo(letter) })}\n`);
  else show(letter, terminal, nowMs());
}

function show(letter: DeadLetter, { out, style }: CliContext['terminal'], nowMs: number): void {
  out(`\n  ${style.bold(deadLetterIdText(letter.id))}  ${style.dim('partition/offset/row')}\n\n`);
  const { observation } = letter;
  const measured = (value: number | undefined, unit: string) => (value === undefined ? NONE : `${value} ${unit}`);
  out(
    renderPairs(
      [
        ['State', stateText(letter, nowMs)],
        ['Reason', style.bold(letter.reason)],
        ['City', printable(letter.cityId)],
        ['Tenant', printable(letter.tenant)],
        ['Producer', printable(letter.producerId)],
        ['Arrived', `${utc(letter.firstSeenTime, 'second')} UTC`],
        ['Observed', letter.observeTime === undefined ? NONE : `${utc(letter.observeTime, 'second')} UTC`],
        ...(observation === undefined
          ? [['Observation', 'its record was damaged'] as const]
          : [
              ['Temperature', measured(observation.temperatureCelsius, '°C')] as const,
              ['Humidity', measured(observation.relativeHumidityPercent, '%')] as const,
              ['Wind', measured(observation.windSpeedMps, 'm/s')] as const,
              ...(observation.sensorId === '' ? [] : [['Sensor', printable(observation.sensorId)] as const]),
            ]),
        ['Attempts', whole(letter.attempts)],
      ],
      style,
    ),
  );
  out('\n');
  letter.causes.forEach(({ reason, message, atOffset }, index) => {
    const when = index === 0 ? 'on arrival' : 'replayed';
    out(`  ${style.dim(`${when}, offset ${atOffset}`)}  ${reason}\n    ${printable(message)}\n`);
  });
  out(`\n  ${whatToDo(letter)}\n\n`);
}
