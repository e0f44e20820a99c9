/** Full garbage collections, even if the user does not pass `--expose-gc`. */
let gc: (() => void) | undefined;

/** Collects all garbage; takes some ms, more with a large heap. */
export function collectGarbage(): void {
  gc ??= exposeGc();
  gc();
}

function exposeGc(): () => void {
  if (typeof globalThis.gc === 'function') return globalThis.gc;
  // Loaded only now: few runs come here.
  const v8 = process.getBuiltinModule('node:v8');
  const vm = process.getBuiltinModule('node:vm');
  v8.setFlagsFromString('--expose-gc');
  const exposed = vm.runInNewContext('gc') as () => void;
  // Contexts created later, such as Jest's for the next file, should look as they would without us.
  v8.setFlagsFromString('--no-expose-gc');
  return exposed;
}
