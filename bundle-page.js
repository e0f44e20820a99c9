/**
 * Builds `dist/page.br`: the page of a report without its data, as one file that asks nobody for anything. Its policy lets run
 * only the script and the style that are built here; data cannot become either. It is compressed, because Brotli makes 15 kB of
 * it where the package as a whole makes 17.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'vite';

/** Builds a file of what runs in the browser; returns its outputs. */
async function bundle(input, format) {
  const { output } = await build({
    configFile: false,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      write: false,
      target: 'es2022',
      cssTarget: 'chrome123',
      modulePreload: false,
      minify: true,
      rolldownOptions: { input: `src/report/page/client/${input}`, output: { format } },
    },
  });
  return output;
}

const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const [{ code: script }] = await bundle('main.tsx', 'iife');
const style = String(
  (await bundle('style/index.css', 'es')).find(({ fileName }) => fileName.endsWith('.css')).source,
);
if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style)) throw new Error('The page would end early.');
const { version } = JSON.parse(readFileSync('node_modules/preact/package.json', 'utf8'));
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="async-leaks">
<title>Async leaks</title>
<!-- The script contains Preact ${version}, MIT License, copyright (c) 2015-present Jason Miller. -->
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<noscript>This page needs JavaScript; npx async-leaks report prints the same as text.</noscript>
<script type="application/json" id="data">%DATA%</script>
<script>${script}</script>
</body>
</html>
`;
writeFileSync('dist/page.br', brotliCompressSync(page));
