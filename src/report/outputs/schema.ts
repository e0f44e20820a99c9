/** Says what is wrong with data, by its JSON Schema: as much of that language as `output.schema.json` speaks. */

interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

const A: Record<string, string> = { object: 'an object', array: 'an array', integer: 'a whole number' };

const isType: Record<NonNullable<Schema['type']>, (value: unknown) => boolean> = {
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  number: Number.isFinite,
  integer: Number.isInteger,
  boolean: (value) => typeof value === 'boolean',
};

/**
 * The first thing that is wrong, as "leaks[3].owner must be an object"; undefined if nothing is. Fields that the schema does not
 * know are let pass: a later version may have added them.
 */
export function faultIn(value: unknown, schema: object): string | undefined {
  return check(value, schema, '', schema);
}

function check(value: unknown, schema: Schema, at: string, root: Schema): string | undefined {
  const { $ref, type, minimum, minLength, minItems = 0, maxItems = Infinity } = schema;
  if ($ref !== undefined) {
    const fault = check(value, root.$defs![$ref.slice('#/$defs/'.length)]!, at, root);
    if (fault !== undefined) return fault;
  }
  const must = (what: string): string => `${at || 'the whole'} must be ${what}`;
  if (type !== undefined && !isType[type](value)) return must(A[type] ?? `a ${type}`);
  if (schema.const !== undefined && value !== schema.const) return must(JSON.stringify(schema.const));
  if (schema.enum?.includes(value) === false) return must(`one of ${schema.enum.join(', ')}`);
  if (minimum !== undefined && !((value as number) >= minimum)) return must(`at least ${minimum}`);
  if (minLength !== undefined && (value as string).length < minLength)
    return must('a text that is not empty');
  if (Array.isArray(value)) {
    if (value.length < minItems || value.length > maxItems)
      return must(`of ${minItems} to ${maxItems} items`);
    const { items } = schema;
    if (items === undefined) return undefined;
    return first(value, (each, i) => check(each, items, `${at}[${i}]`, root));
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const own = value as Record<string, unknown>;
  const under = (name: string): string => (at === '' ? name : `${at}.${name}`);
  const missing = schema.required?.find((name) => own[name] === undefined);
  if (missing !== undefined) return `${under(missing)} is missing`;
  return first(Object.entries(schema.properties ?? {}), ([name, part]) =>
    own[name] === undefined ? undefined : check(own[name], part, under(name), root),
  );
}

/** The first answer that there is. */
function first<T>(
  items: readonly T[],
  ask: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [i, item] of items.entries()) {
    const answer = ask(item, i);
    if (answer !== undefined) return answer;
  }
  return undefined;
}
