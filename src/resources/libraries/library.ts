/** A row of the table of libraries. */

/** What a package makes, and what its user calls to end that. */
export interface Library {
  /** What a message calls it, with an article: "a pg pool". By default the name of the package. */
  readonly noun?: string;
  /** What ends it, as the user's code would have it: "await pool.end()". Stands behind "Close it: ", without a full stop. */
  readonly ends: string;
  /** The same for what one class or function of the package makes, by its name: "Client". The first that the call shows counts. */
  readonly of?: Readonly<Record<string, { readonly noun?: string; readonly ends: string }>>;
  /** Packages that speak as this one, because users know only this one: "pg-pool", "@redis/*". */
  readonly family?: readonly string[];
  /** It makes requests for whoever calls it, who has to read the response: one that is unread is told as that. */
  readonly asks?: true;
  /** Its functions that open something, though their names sound as if they closed it: "end" of a request. */
  readonly opens?: readonly string[];
  /** The function of it that starts code of the user's which it ends itself: the effects of a component. */
  readonly starts?: string;
  /** Its functions that lend what another call opened, so that two calls of them are one client: "Pool.connect". */
  readonly lends?: readonly string[];
}

/** Rows by the name of the package. */
export type LibraryTable = Readonly<Record<string, Library>>;
