/** Browsers, workers, watchers, loggers and telemetry. */
import type { LibraryTable } from './library.js';

export const tools: LibraryTable = {
  execa: { noun: 'a child process of execa', ends: 'subprocess.kill(), or await it' },
  'jest-worker': { noun: 'a jest-worker pool', ends: 'await worker.end()' },
  chokidar: { noun: 'a chokidar watcher', ends: 'await watcher.close()' },
  esbuild: { noun: 'an esbuild context', ends: 'await ctx.dispose()' },
  lodash: {
    noun: 'a debounced call',
    ends: 'debounced.cancel()',
  },
  tinypool: { noun: 'a Tinypool pool', ends: 'await pool.destroy()' },
  winston: { noun: 'a winston transport', ends: "await once(transport, 'logged')" },
  playwright: {
    noun: 'a browser of Playwright',
    ends: 'await browser.close()',
    family: ['playwright-core'],
  },
  workerpool: { noun: 'a workerpool pool', ends: 'await pool.terminate()' },
  puppeteer: {
    noun: 'a browser of Puppeteer',
    ends: 'await browser.close()',
    family: ['puppeteer-core', '@puppeteer/*'],
  },
  '@opentelemetry/sdk-node': {
    noun: 'an OpenTelemetry SDK',
    ends: 'await sdk.shutdown()',
    family: ['@opentelemetry/*'],
  },
  piscina: { noun: 'a Piscina pool', ends: 'await pool.destroy()' },
};
