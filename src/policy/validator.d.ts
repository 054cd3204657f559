/** The code that the build generates from policy.schema.json; it needs no ajv to run. */
export interface ShapeError {
  /** JSON pointer to the value. */
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The key that failed, where it is the key and not its value. */
  readonly propertyName?: string;
  /** The part of the schema that failed. */
  readonly parentSchema: {
    readonly type?: string | readonly string[];
    readonly description?: string;
    readonly properties?: Readonly<Record<string, unknown>>;
  };
  readonly data: unknown;
}

interface Validate {
  (data: unknown): boolean;
  readonly errors?: readonly ShapeError[] | null;
}

export const validatePolicy: Validate;
export const validateSarefMap: Validate;

/** The keys of an entry, and what can stand in a cell of their column. */
export const entryColumns: Readonly<
  Record<string, { readonly isList: boolean; readonly isNumber: boolean; readonly isText: boolean }>
>;
