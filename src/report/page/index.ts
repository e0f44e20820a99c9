/**
 * The run as a page: one file that asks nobody for anything. What runs in the browser is in `client`, and is built into
 * `dist/page.br`; what it shows is put into words here.
 */
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';

import { packageFile } from '../../process/package-file.js';
import type { Output } from '../outputs/output.js';
import { toPageData } from './to-page-data.js';

/** Where the built page wants its data. */
const SLOT = '%DATA%';

/** The page that shows an output. */
export function toPage(output: Output): string {
  const [head = '', tail = ''] = brotliDecompressSync(readFileSync(packageFile('dist/page.br')))
    .toString()
    .split(SLOT);
  // Data, not code: the browser does not run it, and nothing in it can end its element.
  const data = JSON.stringify(toPageData(output)).replaceAll('<', String.raw`\u003c`);
  return head + data + tail;
}
