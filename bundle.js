/**
 * Bundles what the frameworks load for each test file, and what Vitest loads for each run.
 *
 * Vitest loads the setup file anew in each worker, once for each test file. As some 27 modules that took 25 ms of CPU each time;
 * as one file it takes about 5, most of them to parse it. So the file is as small as possible, and it is a script, because V8 can
 * keep what it has compiled of one (src/vitest/worker/load.ts). Letters beyond ASCII are escaped, because one of them makes V8
 * keep two bytes for each letter of the file. What loads the script is part of the setup file, where one more module costs a
 * millisecond.
 *
 * What the main process loads for a run, some 20 modules, took 25 ms more in Vitest, and 7 in Jest, than as one file. What several
 * main processes share is in a file of its own, so that the package holds it once.
 *
 * Jest shows the frames of whatever calls a test, except those of files in a folder `jest/build` (jest-message-util,
 * JEST_INTERNALS_IGNORE). So we have one, and what users print looks as it does without us.
 */
import { build } from 'vite';

/**
 * A CommonJS module looks up Node's functions anew with each call, and gets what a test has put in their place. An ES module does
 * not, unless somebody calls `syncBuiltinESMExports()`.
 */
const nodeByValue = {
  name: 'node-by-value',
  enforce: 'pre',
  resolveId: (id) => (id.startsWith('node:') ? `\0${id}` : undefined),
  load: (id) => {
    if (!id.startsWith('\0node:')) return undefined;
    const name = id.slice(1);
    const names = Object.keys(process.getBuiltinModule(name));
    const code = [
      // A Node without `getBuiltinModule` is refused later, in one sentence; in a browser there is no `process`.
      `const node = globalThis.process?.getBuiltinModule?.('${name}') ?? {};`,
      'const take = (name) => node[name];',
      'export default node;',
      ...names.map((each) => `export const ${each} = /* @__PURE__ */ take('${each}');`),
    ].join('\n');
    return { code, moduleSideEffects: false };
  },
};

/** What main processes load. What several of them share is in the package once. */
const mains = [
  'cli',
  ...['plugin', 'reporter'].map((name) => `vitest/${name}`),
  ...['reporter', 'global-setup', 'global-teardown'].map((name) => `jest/${name}`),
];

const bundles = [
  {
    outDir: 'dist',
    input: { 'vitest.setup': 'dist/vitest.setup.js' },
    plugins: [nodeByValue],
  },
  {
    outDir: 'dist/src/vitest/worker',
    input: { setup: 'dist/src/vitest/worker/setup.js' },
    format: 'cjs',
    plugins: [nodeByValue],
  },
  {
    outDir: 'dist/src',
    input: Object.fromEntries(mains.map((name) => [name, `dist/src/${name}.js`])),
    // With picocolors in it: in Yarn's Plug'n'Play, Node finds no package for an ES module that Jest has loaded by require().
    external: [/^jest-/, /^node:/],
    shared: /dist.src.(?:config|process|report|resources|text|tracker)/,
  },
  {
    outDir: 'dist/src/node-test',
    input: { preload: 'dist/src/node-test/preload.js' },
    format: 'cjs',
    plugins: [nodeByValue],
  },
  {
    outDir: 'dist',
    input: {
      'jest/build/index': 'dist/src/jest/index.js',
      'jest/build/environment': 'dist/src/jest/worker/environment.js',
      'jest/build/environment-jsdom': 'dist/src/jest/worker/environment-jsdom.js',
      'jest/build/environment-of': 'dist/src/jest/worker/environment-of.js',
      // These are mostly the same code.
      'jest/build/tracker': 'dist/src/session/index.js',
      'src/mocha/index': 'dist/src/mocha/index.js',
    },
    external: [/^jest-/, /^node:/],
    shared: /dist.src.(?:config|process|report|resources|session|text|tracker)/,
    sharedName: 'jest/build/shared',
  },
  {
    outDir: 'dist/src/jest',
    input: { follow: 'dist/src/jest/follow.js' },
    format: 'cjs',
    plugins: [nodeByValue],
  },
];

const escapeLetters = {
  name: 'escape-letters',
  // Without comments, only strings and templates have such letters.
  generateBundle: (_, files) => {
    for (const file of Object.values(files))
      file.code = file.code.replace(
        /[^\0-\x7F]/g,
        (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
  },
};

for (const {
  outDir,
  input,
  external,
  format = 'es',
  plugins = [],
  shared,
  sharedName = 'shared',
} of bundles) {
  await build({
    configFile: false,
    logLevel: 'warn',
    plugins: [...plugins, escapeLetters],
    build: {
      ssr: true,
      target: 'node20',
      outDir,
      emptyOutDir: false,
      minify: false,
      rolldownOptions: {
        input,
        external,
        output: {
          format,
          entryFileNames: format === 'es' ? '[name].js' : '[name].cjs',
          chunkFileNames: '[name].js',
          minify: true,
          ...(shared && {
            codeSplitting: { groups: [{ name: sharedName, test: shared, minShareCount: 2 }] },
          }),
        },
      },
    },
  });
}
