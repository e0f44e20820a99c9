/** What V8 has, and the types of Node have not. */
interface Enclosed {
  getEnclosingLineNumber?(): number | null;
  getEnclosingColumnNumber?(): number | null;
}

/** A call of a stack, without the function and the object it was called on: it keeps nothing alive. */
export class DetachedCall {
  readonly #file: string | null;
  readonly #line: number | null;
  readonly #column: number | null;
  readonly #enclosingLine: number | null;
  readonly #enclosingColumn: number | null;
  readonly #name: string | null;
  readonly #type: string | null;
  readonly #method: string | null;
  readonly #origin: string | undefined;
  readonly #native: boolean;
  readonly #toplevel: boolean;
  readonly #constructed: boolean;
  readonly #eval: boolean;

  constructor(call: NodeJS.CallSite & Enclosed) {
    this.#file = call.getFileName() ?? null;
    this.#line = call.getLineNumber();
    this.#column = call.getColumnNumber();
    const isMapped = (process as { sourceMapsEnabled?: boolean }).sourceMapsEnabled === true;
    this.#enclosingLine = (isMapped ? call.getEnclosingLineNumber?.() : undefined) ?? null;
    this.#enclosingColumn = (isMapped ? call.getEnclosingColumnNumber?.() : undefined) ?? null;
    this.#name = call.getFunctionName();
    this.#type = call.getTypeName();
    this.#method = call.getMethodName();
    this.#eval = call.isEval();
    this.#origin = this.#eval ? call.getEvalOrigin() : undefined;
    this.#native = call.isNative();
    this.#toplevel = call.isToplevel();
    this.#constructed = call.isConstructor();
  }

  // Code that reads source maps copies all methods of the prototype that are called "is…" and "get…".
  getFileName(): string | null {
    return this.#file;
  }
  getScriptNameOrSourceURL(): string | null {
    return this.#file;
  }
  getLineNumber(): number | null {
    return this.#line;
  }
  getColumnNumber(): number | null {
    return this.#column;
  }
  // Without these, Node with `--enable-source-maps` gives the place in the compiled file. They take long to find.
  getEnclosingLineNumber(): number | null {
    return this.#enclosingLine;
  }
  getEnclosingColumnNumber(): number | null {
    return this.#enclosingColumn;
  }
  getFunctionName(): string | null {
    return this.#name;
  }
  getTypeName(): string | null {
    return this.#type;
  }
  getMethodName(): string | null {
    return this.#method;
  }
  getEvalOrigin(): string | undefined {
    return this.#origin;
  }
  getThis(): undefined {}
  getFunction(): undefined {}
  isNative(): boolean {
    return this.#native;
  }
  isToplevel(): boolean {
    return this.#toplevel;
  }
  isConstructor(): boolean {
    return this.#constructed;
  }
  isEval(): boolean {
    return this.#eval;
  }
  isAsync(): boolean {
    return false;
  }
  isPromiseAll(): boolean {
    return false;
  }
  getPromiseIndex(): null {
    return null;
  }

  /** As V8 prints it in a stack, except for parts that no place is read from. */
  toString(): string {
    const file = this.#native ? 'native' : (this.#origin ?? this.#file ?? '<anonymous>');
    const place = this.#line === null ? file : `${file}:${this.#line}:${this.#column}`;
    const name = this.#constructed ? `new ${this.#name ?? '<anonymous>'}` : this.#name;
    return name === null ? place : `${name} (${place})`;
  }
}
