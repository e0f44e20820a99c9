/** Command lines and calls are shown, logged and written to files: what looks like a secret in them is masked. */
import { cut } from '../text/names.js';

const MASK = '***';

/** The most characters of a command that are kept. */
const LONGEST = 80;

const NAMED =
  'pass(?:word|wd|phrase)?|pwd|token|secret|api-?_?key|access-?_?key|private-?_?key|auth|credentials?';

/** Made only once they are used, because V8 takes a millisecond to read them, in each process. */
let patterns: readonly (readonly [RegExp, string])[] | undefined;

const makePatterns = (): (readonly [RegExp, string])[] => [
  // --password=x, --api-key x, DB_PASSWORD=x, password: 'x'
  [
    new RegExp(`((?:^|[\\s'"{(,])[\\w-]*(?:${NAMED})(?:\\s*[=:]\\s*|\\s+)['"\`]?)[^\\s'"\`,)}]+`, 'gi'),
    `$1${MASK}`,
  ],
  // postgres://user:x@host
  [/(:\/\/[^\s:/@]*:)[^\s/@]+(?=@)/g, `$1${MASK}`],
  // Authorization: Bearer x
  [/(\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}/gi, `$1${MASK}`],
  // Tokens that show by their beginnings: of GitHub, OpenAI, Stripe, Slack, AWS; JSON web tokens.
  [/\b(?:gh[pousr]_|github_pat_|sk-|[rs]k_(?:live|test)_|xox[abprs]-|AKIA|eyJ)[\w.-]{8,}/g, MASK],
];

/** A text without what looks like a secret. */
export function masked(text: string): string {
  patterns ??= makePatterns();
  return patterns.reduce((rest, [pattern, by]) => rest.replaceAll(pattern, by), text);
}

/** A command line, masked, and cut if it is long. */
export function shownCommand(command: string): string {
  const shown = masked(command);
  return shown.length <= LONGEST ? shown : cut(shown, LONGEST - 1);
}
