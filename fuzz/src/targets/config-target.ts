import { writeFileSync } from 'node:fs';
import { IsothermError } from '@isotherm/service-kit';
import { Command } from 'commander';
import fc from 'fast-check';
import { addStartCommand, startOptionsOf } from 'isotherm/internals';
import { accepted, type FuzzTarget, refused } from '../fuzz-target.ts';
import { scratchFile } from './scratch-file.ts';

const text = (value: string) => Uint8Array.from(Buffer.from(value));
const words = (...values: string[]) => values.map(text);

/** Configuration files of `isotherm start`. */
export const configTarget: FuzzTarget = {
  name: 'config-file',
  reads: 'configuration files of `isotherm start`',
  weight: 2,
  maxBytes: 4096,
  allowedBytes: (inputBytes) => 8_000_000 + 256 * inputBytes,
  open() {
    const { path, close } = scratchFile('isotherm.json');
    const keys = startCommand().options.flatMap((option) => [
      option.name().replace(/^no-/, ''),
      option.attributeName(),
    ]);
    const key = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...keys) },
      fc.constantFrom('config', '__proto__', 'constructor', 'toString', ''),
      fc.string(),
    );
    const value = fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: -1, max: 70_000 }) },
      fc.boolean(),
      fc.constantFrom('5GB', '1e3', 'NWS', 'rothfusz', 'silent', '127.0.0.1', '', '0x10', '-5', null, [], {}, 2 ** 53),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const config = fc
      .array(fc.tuple(key, value), { maxLength: 6 })
      .map((entries) =>
        text(`{${entries.map(([name, set]) => `${JSON.stringify(name)}:${JSON.stringify(set) ?? 'null'}`).join(',')}}`),
      );
    return {
      seeds: [
        text('{"api-port": 9090, "feed": false, "disk-cap": "5GB"}'),
        ...fc.sample(config, { numRuns: 20, seed: 3 }),
      ],
      grammar: config,
      words: words('"api-port":', 'null', 'true', '{}', '[]', '1e999', '"formula":"NWS"', '"disk-cap":"5XB"'),
      async run(input) {
        writeFileSync(path, input);
        try {
          const options = await startOptionsOf(path, startCommand());
          requireOptions(options as unknown as Record<string, unknown>);
          return accepted('options');
        } catch (error) {
          if (error instanceof IsothermError)
            return refused(
              `${error.id}: ${/unknown setting|cannot be read|JSON object/.exec(error.message)?.[0] ?? 'value'}`,
            );
          throw error;
        }
      },
      close,
    };
  },
};

function startCommand(): Command {
  const program = new Command();
  addStartCommand(program);
  const [start] = program.commands;
  return start!.exitOverride();
}

/** What the platform starts with is of the kind its documentation says. */
function requireOptions(options: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(options)) {
    // Of a file of its own.
    if (name === 'tenants') continue;
    if (typeof value === 'number' ? !Number.isFinite(value) : typeof value === 'object' && value !== null) {
      throw new Error(`The setting ${name} is ${JSON.stringify(value)}`);
    }
  }
}
