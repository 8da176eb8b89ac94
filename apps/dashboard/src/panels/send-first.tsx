import { CopyCommand } from './copy-command.tsx';

/** The command that sends a first reading of a city. */
export function sendCommand(cityId: string, now: Date): string {
  const row = `${cityId},${now.toISOString().slice(0, 19)}Z,31.5,62,3.4`;
  return [
    "printf 'city,reading_at,temperature_c,humidity_pct,wind_speed_ms",
    row,
    "' > reading.csv",
    'npx isotherm send reading.csv',
  ].join('\n');
}

/** Says how to send the first reading. */
export function SendFirst({ cityId }: { readonly cityId: string }) {
  return (
    <>
      <p className="quiet">Send one and watch it appear:</p>
      <CopyCommand command={sendCommand(cityId, new Date())} />
    </>
  );
}
