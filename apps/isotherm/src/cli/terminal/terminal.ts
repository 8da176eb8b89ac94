/** Where a command writes: standard output for results, standard error for everything else. */
export interface Terminal {
  /** Writes a result. */
  out(text: string): void;
  /** Writes progress, notes and errors. */
  err(text: string): void;
  /** Whether standard output is a screen. */
  readonly outIsScreen: boolean;
  /** Whether standard error is a screen: progress moves in place there. */
  readonly errIsScreen: boolean;
  /** Width of the screen in columns; 100 where there is none. */
  readonly columns: number;
  /** Styles for standard output. */
  readonly style: Style;
}

/** Sets text off; does nothing where colours are unwanted. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  green(text: string): string;
  cyan(text: string): string;
  /** A 24-bit colour, for values on a scale. */
  rgb(text: string, color: readonly [number, number, number]): string;
}

/** The terminal of this process. Colours only on a screen, and not under NO_COLOR (no-color.org). */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  const wanted = (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    outIsScreen: stdout.isTTY === true,
    errIsScreen: stderr.isTTY === true,
    columns: stdout.columns ?? 100,
    style: createStyle(wanted && (stdout.isTTY === true || forced)),
  };
}

/** Styles that write ANSI escapes, or nothing at all. */
export function createStyle(colours: boolean): Style {
  const wrap = (on: string, off: string) => (text: string) => (colours ? `\x1b[${on}m${text}\x1b[${off}m` : text);
  return {
    bold: wrap('1', '22'),
    dim: wrap('2', '22'),
    red: wrap('31', '39'),
    yellow: wrap('33', '39'),
    green: wrap('32', '39'),
    cyan: wrap('36', '39'),
    rgb: (text, [red, green, blue]) => wrap(`38;2;${red};${green};${blue}`, '39')(text),
  };
}
