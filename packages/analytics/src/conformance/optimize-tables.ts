/** Tables whose rows replace each other. */
const TABLES = ['city_minutes', 'city_quarter_hours', 'observations', 'dead_letters', 'dead_letter_outcomes'];

/** Has the engine merge everything it has, now. @param table what a table is called */
export async function optimizeTables(
  run: (statement: string) => Promise<unknown>,
  { table = (name: string) => `isotherm.${name}` }: { readonly table?: (name: string) => string } = {},
): Promise<void> {
  for (const name of TABLES) await run(`OPTIMIZE TABLE ${table(name)} FINAL`);
}
