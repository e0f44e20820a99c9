/** How wide the terminal is that a run writes to: only the main process sees it, and the processes that run tests inherit it. */

const NAME = 'ASYNC_LEAKS_COLUMNS';
/** What a terminal has at least, and what a log is read at. */
const FEWEST = 80;
/** Longer lines are hard to read, however wide the terminal. */
const MOST = 140;

/** Called in the main process, before the others start. */
export function publishColumns(): void {
  const { columns } = process.stdout;
  if (columns === undefined) delete process.env[NAME];
  else process.env[NAME] = String(columns);
}

/** The columns that messages may use. */
export const columnsOfRun = (): number => columnsOfTerminal() ?? FEWEST;

/** Those of the terminal, within bounds; undefined if the run writes to a file. */
export function columnsOfTerminal(): number | undefined {
  const columns = Number(process.env[NAME]);
  return Number.isInteger(columns) && columns > 0 ? Math.min(Math.max(columns, FEWEST), MOST) : undefined;
}
