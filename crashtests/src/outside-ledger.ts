import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/**
 * What was sent and what was acked, in a file outside the platform that is only appended to: a line before a batch is
 * handed over, another when its ack is there. Comparisons read the file, not the producers' memory.
 */
export interface OutsideLedger {
  /** Written before the batch is sent. */
  sending(producer: number, batch: number): void;
  acked(producer: number, batch: number, rows: { readonly accepted: number; readonly rejected: number }): void;
  /** Reads the file. */
  read(): LedgerState;
  close(): void;
}

/** The ledger as its file has it. */
export interface LedgerState {
  /** Batches sent, by producer: numbers 0 to n − 1. */
  readonly sent: readonly number[];
  /** Batches acked, by producer. */
  readonly acked: readonly ReadonlySet<number>[];
  /** Accepted rows that acks reported. */
  readonly acceptedRows: number;
  /** Rejected rows that acks reported. */
  readonly rejectedRows: number;
}

/** Opens an empty ledger. */
export function openOutsideLedger(path: string, producers: number): OutsideLedger {
  const file = openSync(path, 'ax');
  return {
    sending: (producer, batch) => void writeSync(file, `sent ${producer} ${batch}\n`),
    acked: (producer, batch, { accepted, rejected }) =>
      void writeSync(file, `acked ${producer} ${batch} ${accepted} ${rejected}\n`),
    read: () => parseLedger(readFileSync(path, 'utf8'), producers),
    close: () => closeSync(file),
  };
}

/** Reads the text of a ledger. @throws if a producer's batches are not 0, 1, 2 …, or one is acked that was not sent. */
export function parseLedger(text: string, producers: number): LedgerState {
  const sent = new Array<number>(producers).fill(0);
  const acked = Array.from({ length: producers }, () => new Set<number>());
  let acceptedRows = 0;
  let rejectedRows = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [kind, ...numbers] = line.split(' ');
    const [producer = -1, batch = -1, accepted = 0, rejected = 0] = numbers.map(Number);
    const known = sent[producer];
    if (known === undefined) throw new Error(`The ledger has an unknown producer: ${line}`);
    if (kind === 'sent' && batch === known) {
      sent[producer] = known + 1;
    } else if (kind === 'acked' && batch < known) {
      acked[producer]?.add(batch);
      acceptedRows += accepted;
      rejectedRows += rejected;
    } else {
      throw new Error(`The ledger has a line out of order: ${line}`);
    }
  }
  return { sent, acked, acceptedRows, rejectedRows };
}
