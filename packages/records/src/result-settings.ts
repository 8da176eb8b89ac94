import { RecordFormatError } from './record-format-error.ts';

/** What a result depends on besides the records: fixed when a log is made, part of it, never of the environment. */
export interface ResultSettings {
  /** Formula of the heat index. Default NWS. */
  readonly formula: 'NWS' | 'ROTHFUSZ';
  /** How far the watermark trails a city's newest observation, in ms. Default 5,000. */
  readonly outOfOrdernessMs: number;
  /** How long after the watermark a pane can be corrected, in ms. Default 3,600,000. */
  readonly allowedLatenessMs: number;
  /** Lower bounds of the risk levels caution, extreme caution, danger, extreme danger, in °C. Default 80, 90, 103, 125 °F. */
  readonly riskCelsius: readonly [number, number, number, number];
  /** Cities a partition may hold. Default 65,536. */
  readonly maxCitiesPerPartition: number;
  /** Bytes that cities and panes of a partition may take, as they are counted for limits. Default 64 MiB. */
  readonly maxStateBytesPerPartition: number;
}

const FORMAT = 1;

/** The settings of a log as its bytes: JSON, so that people can read them. */
export function encodeResultSettings(settings: ResultSettings): Uint8Array {
  const { formula, outOfOrdernessMs, allowedLatenessMs, riskCelsius } = settings;
  const { maxCitiesPerPartition, maxStateBytesPerPartition } = settings;
  const bounds = { maxCitiesPerPartition, maxStateBytesPerPartition };
  const written = { format: FORMAT, formula, outOfOrdernessMs, allowedLatenessMs, riskCelsius, ...bounds };
  return new TextEncoder().encode(JSON.stringify(written));
}

/** @throws RecordFormatError if the bytes are no settings, or of another format. */
export function decodeResultSettings(bytes: Uint8Array): ResultSettings {
  const found = parsed(bytes);
  if (found['format'] !== FORMAT) {
    throw new RecordFormatError('version', `settings have format ${found['format']}; this program reads ${FORMAT}`);
  }
  const { formula } = found;
  if (formula !== 'NWS' && formula !== 'ROTHFUSZ') {
    throw new RecordFormatError('version', `formula ${JSON.stringify(formula)} is unknown to this program`);
  }
  const risks: readonly unknown[] = Array.isArray(found['riskCelsius']) ? found['riskCelsius'] : [];
  if (risks.length !== 4) throw new RecordFormatError('content', 'riskCelsius of the settings has no four bounds');
  const risk = (level: number) => numberOf('riskCelsius', risks[level]);
  return {
    formula,
    outOfOrdernessMs: numberOf('outOfOrdernessMs', found['outOfOrdernessMs']),
    allowedLatenessMs: numberOf('allowedLatenessMs', found['allowedLatenessMs']),
    riskCelsius: [risk(0), risk(1), risk(2), risk(3)],
    maxCitiesPerPartition: numberOf('maxCitiesPerPartition', found['maxCitiesPerPartition']),
    maxStateBytesPerPartition: numberOf('maxStateBytesPerPartition', found['maxStateBytesPerPartition']),
  };
}

function parsed(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new RecordFormatError('content', `${bytes.length} bytes of settings are no JSON`);
  }
  if (typeof value !== 'object' || value === null)
    throw new RecordFormatError('content', 'settings are no JSON object');
  return { ...value };
}

function numberOf(name: string, value: unknown): number {
  if (typeof value === 'number') return value;
  throw new RecordFormatError('content', `${name} of the settings is ${JSON.stringify(value)}, which is no number`);
}
