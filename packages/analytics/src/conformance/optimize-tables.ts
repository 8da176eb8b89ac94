/** Tables whose rows replace each other. */
const TABLES = ['city_minutes', 'city_quarter_hours', 'observations', 'dead_letters', 'dead_letter_outcomes'];

/** Has the engine merge everything it has in a database, now. */
export async function optimizeTables(
  run: (statement: string) => Promise<unknown>,
  database = 'isotherm',
): Promise<void> {
  for (const table of TABLES) await run(`OPTIMIZE TABLE ${database}.${table} FINAL`);
}
