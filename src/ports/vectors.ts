/** How a collection of vectors is made. Vectors have unit length, so both metrics order alike; the scores differ. */
export type VectorCollection = {
  /** a–z, 0–9 and `_`, at most 100 characters. */
  readonly name: string;
  readonly dimensions: number;
  /** The model that made the vectors: another model's are refused, whatever their length. */
  readonly model: string;
};

/** A vector with what can be filtered by. */
export type VectorRow = {
  readonly id: string;
  readonly vector: Float32Array;
  readonly assetId: string;
  readonly kind: string;
  /** Empty where unknown. */
  readonly speaker: string;
};

/** What must hold of a row: any of each list that is given. An empty list holds of none. */
export type VectorFilter = {
  readonly assetIds?: readonly string[] | undefined;
  readonly kinds?: readonly string[] | undefined;
  readonly speakers?: readonly string[] | undefined;
};

/** A row that was found. */
export type VectorHit = {
  readonly id: string;
  /** Cosine, −1 to 1. */
  readonly score: number;
};

/** Where vectors are kept and found again by nearness. What was written is found by the next search of any process. */
export interface Vectors {
  /** Makes a collection, or opens the one that is there. @throws conflict.index_other_model, provider.* */
  open(collection: VectorCollection): Promise<void>;
  /** Undefined where there is none of that name. */
  describe(name: string): Promise<(VectorCollection & { readonly count: number }) | undefined>;
  /** Adds rows, or puts them in place of those with the same ids. @throws input.vector_length, provider.* */
  upsert(name: string, rows: readonly VectorRow[], options: { signal?: AbortSignal }): Promise<void>;
  /** Removes the rows that fit. */
  delete(name: string, filter: VectorFilter): Promise<void>;
  /** The nearest rows, nearest first. `isExact` compares with every row: slow, and what approximate search is measured against. */
  search(
    name: string,
    vector: Float32Array,
    options: {
      readonly limit: number;
      readonly filter?: VectorFilter | undefined;
      readonly isExact?: boolean;
      readonly signal?: AbortSignal;
    },
  ): Promise<readonly VectorHit[]>;
  /** Builds whatever makes searching quick, once much was written. */
  optimise(name: string, options: { signal?: AbortSignal }): Promise<void>;
  /** Whether there was one. */
  drop(name: string): Promise<boolean>;
  close(): Promise<void>;
}
