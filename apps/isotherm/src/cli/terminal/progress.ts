import type { Terminal } from './terminal.ts';

/** Says how far something is: a bar that moves in place on a screen, a line every few seconds otherwise. */
export interface Progress {
  /** @param share 0 to 1; undefined where the end is not known */
  update(share: number | undefined, text: string): void;
  /** Takes the bar away. */
  clear(): void;
}

const SCREEN_INTERVAL_MS = 80;
const LINE_INTERVAL_MS = 5000;
const BAR_WIDTH = 24;

/** Progress on standard error. `clock` in ms; default the process's monotonic clock. */
export function createProgress(terminal: Terminal, clock: () => number = () => performance.now()): Progress {
  const intervalMs = terminal.errIsScreen ? SCREEN_INTERVAL_MS : LINE_INTERVAL_MS;
  let lastMs = terminal.errIsScreen ? Number.NEGATIVE_INFINITY : clock();
  let shown = false;
  return {
    update(share, text) {
      if (clock() - lastMs < intervalMs) return;
      lastMs = clock();
      const percent = share === undefined ? '' : `${Math.floor(share * 100)} % `;
      if (!terminal.errIsScreen) {
        terminal.err(`${percent}${text}\n`);
        return;
      }
      const line = share === undefined ? text : `${bar(share)} ${percent.padStart(6)}${text}`;
      terminal.err(`\r\x1b[2K${line.slice(0, terminal.columns - 1)}`);
      shown = true;
    },
    clear() {
      if (shown) terminal.err('\r\x1b[2K');
      shown = false;
    },
  };
}

/** A bar in eighths of a column. */
function bar(share: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH * 8);
  const partial = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? '';
  return `${'█'.repeat(Math.floor(eighths / 8))}${partial}`.padEnd(BAR_WIDTH, '·');
}
