/**
 * Bundles what the frameworks load for each test file, and what their main processes load for each run.
 *
 * Vitest loads the setup file anew in each worker, and node:test the preload in each process, once for each test file. As some 27
 * modules the setup file took 25 ms of CPU each time; as one script it takes about 5, most of them to parse it. So the scripts
 * are as small as possible, and V8 keeps what it has compiled of them (src/process/scripts.ts). Letters beyond ASCII are escaped,
 * because one of them makes V8 keep two bytes for each letter of the file. What loads a script is part of the door that users
 * name, where one more module costs a millisecond.
 *
 * What the main process loads for a run, some 20 modules, took 25 ms more in Vitest, and 7 in Jest, than as one file.
 *
 * What several scripts share is in the package once: `engine.cjs` is what test processes need, `main.cjs` the rest. All of them are
 * CommonJS, because only that can be evaluated with the code that V8 has kept. For `import`, each script that users name has an ES
 * module beside it.
 *
 * Jest shows the frames of whatever calls a test, except those of files in a folder `jest/build` (jest-message-util,
 * JEST_INTERNALS_IGNORE). So we have one, and what users print looks as it does without us.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { build } from 'vite';

/**
 * A CommonJS module looks up Node's functions anew with each call, and gets what a test has put in their place. An ES module does
 * not, unless somebody calls `syncBuiltinESMExports()`.
 */
const nodeByValue = {
  name: 'node-by-value',
  enforce: 'pre',
  // Node loads much only as it is first asked for: test processes take nothing that only main processes need.
  resolveId: (id, importer) => (id.startsWith('node:') ? nodeAs(inWorkers.has(importer), id) : undefined),
  load: (id) => {
    const name = NODE.exec(id)?.[1];
    if (name === undefined) return undefined;
    const names = Object.keys(process.getBuiltinModule(name));
    const code = [
      `const node = globalThis.process?.getBuiltinModule?.('${name}') ?? ${STAND_IN};`,
      'const take = (name) => node[name];',
      'export default node;',
      ...names.map((each) => `export const ${each} = /* @__PURE__ */ take('${each}');`),
    ].join('\n');
    return { code, moduleSideEffects: false };
  },
};

/**
 * Stands for a module of Node's where there is no `getBuiltinModule`: a Node that is too old is refused in one sentence, but only
 * once all modules have been evaluated; whatever they take from Node and call meanwhile is of no account. In a browser there is no
 * `process`.
 */
const STAND_IN = `(() => {
  const none = new Proxy(function () {}, {
    get: (target, key) =>
      key === 'prototype' || typeof key === 'symbol' ? target[key] : key === 'toString' ? () => '' : none,
    apply: () => none,
    construct: () => ({}),
  });
  return none;
})()`;

/** Names a module of Node's for the plugin. */
const nodeAs = (inWorker, name) => `\0${inWorker ? 'worker' : 'main'}:${name}`;
const NODE = /^\0(?:worker|main):(node:.*)/;

/** Scripts are at the paths of the modules that they bundle, by their paths in `dist`. */
const inPlace = (...names) => Object.fromEntries(names.map((name) => [name, `dist/${name}.js`]));

/** What test processes load, by their own way of evaluating a script. */
const workers = inPlace('src/vitest/worker/setup', 'src/node-test/preload');
/** What the main process loads only if there is something to tell. */
const parts = inPlace('src/node-test/end');
const environments = Object.fromEntries(
  ['environment', 'environment-jsdom', 'environment-of'].map((name) => [
    `jest/build/${name}`,
    `dist/src/jest/worker/${name}.js`,
  ]),
);
const named = {
  ...environments,
  ...inPlace('src/mocha/index', 'src/vitest/plugin', 'src/vitest/reporter'),
  ...inPlace('src/jest/reporter', 'src/jest/global-setup', 'src/jest/global-teardown'),
  'jest/build/index': 'dist/src/jest/index.js',
  'jest/build/tracker': 'dist/src/session/index.js',
};

const IMPORT = /^(?:import|export) [^;]*?from '([^']+)';/gm;

/** The modules that some compiled ones import, themselves included: by path, and Node's as the plugin names them. */
function reachedFrom(paths) {
  const reached = new Set(paths.map((path) => resolve(path)));
  for (const id of reached) {
    if (id.startsWith('\0')) continue;
    for (const [, specifier] of readFileSync(id, 'utf8').matchAll(IMPORT)) {
      if (specifier.startsWith('.')) reached.add(resolve(dirname(id), specifier));
      else if (specifier.startsWith('node:')) reached.add(nodeAs(true, specifier));
    }
  }
  return reached;
}

const scripts = { ...workers, ...parts, ...named, ...inPlace('src/cli') };
const entries = new Set(Object.values(scripts).map((path) => resolve(path)));
const inWorkers = reachedFrom(Object.values(workers));
const inEnvironments = reachedFrom(Object.values(environments));
/** A part of the scripts: what two of them use at least, if it fits. */
const part = (name, priority, fits) => ({
  name,
  test: (id) => fits(id) && !entries.has(id),
  minShareCount: 2,
  priority,
});

const bundles = [
  { outDir: 'dist', input: { 'vitest.setup': 'dist/vitest.setup.js' }, format: 'es' },
  {
    outDir: 'dist',
    input: scripts,
    external: [/^jest-/],
    groups: [
      part('jest/build/engine', 2, (id) => inWorkers.has(id)),
      part('jest/build/file', 1, (id) => inEnvironments.has(id)),
      part('src/main', 0, () => true),
    ],
  },
  { outDir: 'dist/src/node-test', input: { index: 'dist/src/node-test/index.js' }, format: 'es' },
  { outDir: 'dist/src/node-test', input: { require: 'dist/src/node-test/require.cjs' } },
  { outDir: 'dist/src/jest', input: { follow: 'dist/src/jest/follow.js' } },
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

for (const { outDir, input, external = [], format = 'cjs', groups } of bundles) {
  await build({
    configFile: false,
    logLevel: 'warn',
    plugins: [nodeByValue, escapeLetters],
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
          exports: 'named',
          entryFileNames: format === 'es' ? '[name].js' : '[name].cjs',
          chunkFileNames: '[name].cjs',
          minify: true,
          ...(groups && { codeSplitting: { includeDependenciesRecursively: false, groups } }),
        },
      },
    },
  });
}

const EXPORT = /\bexports\.(\w+)=/g;

for (const name of Object.keys(named)) {
  const path = `./${basename(name)}.cjs`;
  const script = readFileSync(join('dist', dirname(name), path), 'utf8');
  const exported = [...new Set([...script.matchAll(EXPORT)].map(([, each]) => each))];
  const names = exported.filter((each) => each !== 'default');
  const lines = [
    // Not imported: where the script throws, because it refuses something, Node 20 would end a process that requires this module.
    "import { createRequire } from 'node:module';",
    'const require = createRequire(import.meta.url);',
    `const all = require('${path}');`,
    ...(names.length > 0 ? [`export const { ${names.join(', ')} } = all;`] : []),
    ...(exported.includes('default') ? ['export default all.default;'] : []),
  ];
  writeFileSync(`dist/${name}.js`, `${lines.join('\n')}\n`);
}

// Where the code that V8 has kept is of another build, it is of no use: see src/process/code-cache.ts.
const hash = createHash('sha256');
for (const name of ['jest/build/engine', ...Object.keys(workers)])
  hash.update(readFileSync(`dist/${name}.cjs`));
const digits = hash.digest('hex').slice(0, 8);
for (const path of ['vitest.setup.js', 'src/node-test/index.js', 'src/node-test/require.cjs']) {
  const door = join('dist', path);
  const code = readFileSync(door, 'utf8');
  if (!code.includes('%BUILD%')) throw new Error(`${path} does not say of which build it is.`);
  writeFileSync(door, code.replaceAll('%BUILD%', digits));
}
