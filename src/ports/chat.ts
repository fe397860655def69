import type { z } from 'zod';

/** A language model that answers in a shape. */
export interface Chat {
  /** Names the provider and the model: `openai:gpt-…`. Part of the cache key of every result. */
  readonly model: string;
  /**
   * Asks once and returns an answer that fits the schema.
   * @throws provider.* when the model cannot be reached, refuses, or answers something else
   */
  ask<T>(request: { system: string; user: string; schema: z.ZodType<T>; signal?: AbortSignal }): Promise<T>;
}
